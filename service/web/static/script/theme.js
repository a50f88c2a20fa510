// theme lets the reader choose light or dark. Charts are pictures and see the
// device's setting alone, so a choice is written into their addresses.
const theme = ( function () {
	const root = document.documentElement;
	const form = document.getElementById( 'theme' );

	const themed = ( address ) => {
		const [ path, query ] = address.split( '?' );
		const values = new URLSearchParams( query );
		values.delete( 'theme' );
		if ( root.dataset.theme ) {
			values.set( 'theme', root.dataset.theme );
		}
		const text = values.toString();
		return text ? path + '?' + text : path;
	};

	// Gives the charts below an element the chosen colours.
	const apply = ( within ) => {
		within.querySelectorAll( '[data-chart] source, img[data-chart], [data-chart] img' ).forEach( ( e ) => {
			const name = e.localName === 'source' ? 'srcset' : 'src';
			const now = e.getAttribute( name );
			const wanted = themed( now );
			if ( wanted !== now ) {
				e.setAttribute( name, wanted );
			}
		} );
	};

	const choose = ( choice ) => {
		delete root.dataset.theme;
		if ( choice !== 'auto' ) {
			root.dataset.theme = choice;
		}
		try {
			localStorage.setItem( 'afterglow-theme', choice );
		} catch ( e ) {
			// It holds for this page, then.
		}
		apply( document );
	};

	if ( form ) {
		const select = form.querySelector( 'select' );
		select.value = root.dataset.theme || 'auto';
		select.addEventListener( 'change', () => choose( select.value ) );
		form.hidden = false;
	}
	apply( document );
	return { apply };
}() );
