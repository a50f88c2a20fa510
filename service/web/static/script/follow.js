// follow shows how far a reading is while it goes on, by server-sent events. A
// connection that ends is taken up again by the browser. When the reading is
// over the page is drawn anew, and it says what came of it.
const follow = ( function () {
	let source = null;

	const one = ( place ) => {
		const bar = place.querySelector( 'progress' );
		const text = place.querySelector( '[data-progress]' );
		let said = -1;
		source = new EventSource( place.dataset.follow );
		const over = () => {
			source.close();
			source = null;
			redraw.show( place.dataset.then || location.href, true );
		};
		const tell = ( e ) => {
			const job = JSON.parse( e.data );
			const total = job.progress && job.progress.total;
			if ( total > 0 ) {
				const read = Math.min( job.progress.read, total );
				const numbers = new Intl.NumberFormat( document.documentElement.lang );
				bar.max = total;
				bar.value = read;
				text.textContent = place.dataset.text.replace( '$1', numbers.format( read ) ).replace( '$2', numbers.format( total ) );
				const tenth = Math.floor( 10 * read / total );
				if ( tenth !== said ) { // a screen reader hears each tenth
					said = tenth;
					document.getElementById( 'says' ).textContent = text.textContent;
				}
			}
			if ( job.state === 'done' || job.state === 'failed' || job.state === 'partial' ) {
				over();
			}
		};
		[ 'message', 'progress', 'state', 'done', 'failed' ].forEach( ( name ) => source.addEventListener( name, ( e ) => e.data && tell( e ) ) );
	};

	return {
		apply( within ) {
			const place = within.querySelector( '[data-follow]' );
			if ( source ) {
				source.close();
				source = null;
			}
			if ( place ) {
				one( place );
			}
		}
	};
}() );
