// copy gives texts that are meant to be taken along a button that copies them.
const copy = {
	apply( within ) {
		if ( !navigator.clipboard ) {
			return; // not over plain http; the text can be marked and copied by hand
		}
		within.querySelectorAll( 'button[data-copy]' ).forEach( ( button ) => {
			const label = button.textContent;
			button.hidden = false;
			button.addEventListener( 'click', () => {
				navigator.clipboard.writeText( document.getElementById( button.dataset.copy ).textContent ).then( () => {
					button.textContent = button.dataset.done;
					document.getElementById( 'says' ).textContent = button.dataset.done;
					setTimeout( () => {
						button.textContent = label;
					}, 3000 );
				}, () => null );
			} );
		} );
	}
};
