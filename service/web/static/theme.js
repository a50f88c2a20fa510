'use strict';

// Which colours the reader chose, before anything is drawn. The rest is in
// afterglow.js, which waits for the page. The choice is kept in this browser.
( function () {
	let choice = null;
	try {
		choice = localStorage.getItem( 'afterglow-theme' );
	} catch ( e ) {
		// Storage is off: the device's colours it is.
	}
	if ( choice === 'light' || choice === 'dark' ) {
		document.documentElement.dataset.theme = choice;
	}
}() );
