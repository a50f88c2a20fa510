// follow shows how far a reading is while it goes on, by server-sent events. A
// connection that breaks is taken up again by the browser; one that is refused
// is not, so the reading is asked for after pauses that grow, and its events
// again. When the reading has ended the page is drawn anew, and says what came
// of it. A reading that has no events, since another process does it, is asked
// for from time to time.
const follow = ( function () {
	// A server may believe for a second what it last knew of a campaign.
	const FRESH = 1200;
	// Between two questions, in milliseconds: at first, and at most.
	const PAUSE = 2000;
	const LONGEST = 30000;
	let stop = null;

	// Pauses that grow. Many pages lose a server at once, and do not come back at once.
	const pauses = () => {
		let tries = 0;
		return {
			next: () => Math.min( LONGEST, PAUSE * 2 ** tries++ ) * ( 0.75 + Math.random() / 2 ),
			reset: () => {
				tries = 0;
			}
		};
	};

	// Has the page drawn anew after a time, and again until it comes; it then
	// follows by itself. Returns what ends that.
	const renew = ( after ) => {
		const pause = pauses();
		let timer = null;
		let over = false;
		const wait = ( time ) => {
			timer = setTimeout( () => redraw.renew( () => {
				if ( !over ) {
					wait( pause.next() );
				}
			} ), time );
		};
		wait( after );
		return () => {
			over = true;
			clearTimeout( timer );
		};
	};

	const events = ( place ) => {
		const bar = place.querySelector( 'progress' );
		const text = place.querySelector( '[data-progress]' );
		const numbers = new Intl.NumberFormat( document.documentElement.lang + ( document.dir === 'rtl' ? '-u-nu-arab' : '' ) );
		const pause = pauses();
		let said = -1;
		let end = null; // what ends what goes on now
		let over = false;
		const tell = ( job ) => {
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
		const finish = () => {
			end = renew( FRESH );
		};
		const later = () => {
			if ( !over ) {
				const timer = setTimeout( ask, pause.next() );
				end = () => clearTimeout( timer );
			}
		};
		const ask = () => fetch( place.dataset.follow.replace( /\/events$/, '' ) ).then( ( answer ) => {
			if ( !answer.ok && answer.status !== 404 ) {
				throw new Error( 'no answer' );
			}
			return answer.ok && answer.json();
		} ).then( ( job ) => {
			if ( over ) {
				return;
			}
			if ( !job || ![ 'queued', 'running' ].includes( job.state ) ) {
				finish();
				return;
			}
			tell( job );
			listen();
		} ).catch( later );
		const listen = () => {
			const source = new EventSource( place.dataset.follow );
			end = () => source.close();
			source.addEventListener( 'open', pause.reset );
			source.addEventListener( 'progress', ( e ) => tell( JSON.parse( e.data ) ) );
			source.addEventListener( 'error', () => {
				if ( source.readyState === EventSource.CLOSED ) { // any answer but 200, or another type
					later();
				}
			} );
			source.addEventListener( 'end', () => {
				source.close();
				finish();
			} );
			source.addEventListener( 'gone', () => {
				source.close();
				location.assign( place.dataset.home );
			} );
		};
		listen();
		return () => {
			over = true;
			end();
		};
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
			stop = place && ( place.dataset.follow ? events( place ) : renew( 1000 * place.dataset.again ) );
		}
	};
}() );
