// embed draws the playground anew as soon as a field has changed, and gives what
// is to be copied the address under which this page was opened.
const embed = {
	apply( within ) {
		within.querySelectorAll( 'code[data-absolute]' ).forEach( ( code ) => {
			code.textContent = code.textContent.replace( /(^|["'])\/(?=v1\/)/g, '$1' + location.origin + '/' );
		} );
	}
};
document.addEventListener( 'change', ( e ) => {
	const form = e.target.closest( 'form[data-live]' );
	if ( form && form.checkValidity() ) {
		form.requestSubmit();
	}
} );
