// follow shows how far a reading is while it goes on, by server-sent events. A
// connection that breaks is taken up again by the browser. When the reading has
// ended the page is drawn anew, and says what came of it. A reading that has no
// events, since another process does it, is asked for from time to time.
const follow = ( function () {
	// A server may believe for a second what it last knew of a campaign.
	const FRESH = 1200;
	let stop = null;

	const events = ( place ) => {
		const bar = place.querySelector( 'progress' );
		const text = place.querySelector( '[data-progress]' );
		const numbers = new Intl.NumberFormat( document.documentElement.lang + ( document.dir === 'rtl' ? '-u-nu-arab' : '' ) );
		const source = new EventSource( place.dataset.follow );
		let said = -1;
		const tell = ( e ) => {
			const job = JSON.parse( e.data );
			if ( !job.total ) {
				return;
			}
			const done = Math.min( job.done, job.total );
			bar.max = job.total;
			bar.value = done;
			text.textContent = place.dataset.text.replace( '$1', numbers.format( done ) ).replace( '$2', numbers.format( job.total ) );
			const quarter = Math.floor( 4 * done / job.total );
			if ( quarter !== said ) { // a screen reader hears each quarter
				said = quarter;
				document.getElementById( 'says' ).textContent = text.textContent;
			}
		};
		source.addEventListener( 'progress', tell );
		source.addEventListener( 'end', () => {
			source.close();
			setTimeout( () => redraw.show( location.href, false ), FRESH );
		} );
		source.addEventListener( 'gone', () => {
			source.close();
			location.assign( place.dataset.home );
		} );
		return () => source.close();
	};

	const again = ( place ) => {
		const timer = setTimeout( () => redraw.show( location.href, false ), 1000 * place.dataset.again );
		return () => clearTimeout( timer );
	};

	return {
		apply( within ) {
			const place = within.querySelector( '[data-follow], [data-again]' );
			if ( within !== document && !within.matches( '[data-part="content"]' ) ) {
				return;
			}
			if ( stop ) {
				stop();
			}
			stop = place && ( place.dataset.follow ? events : again )( place );
		}
	};
}() );
