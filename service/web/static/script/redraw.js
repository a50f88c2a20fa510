// redraw shows what a chip, a form or the back button asks for without leaving
// the page: the server draws the same page as for anybody, and its parts take
// the place of the old ones. The address bar holds the view; the focus, what
// was unfolded, and the place on the screen stay.
const redraw = ( function () {
	const PATIENCE = 3000; // for pictures, in milliseconds
	const parts = () => document.querySelectorAll( '[data-part]' );
	const says = document.getElementById( 'says' );
	const wait = document.getElementById( 'wait' );
	const lost = document.getElementById( 'lost' );
	const retry = document.getElementById( 'retry' );
	let going = null;
	let shown = location.pathname + location.search;

	const enhance = ( within ) => {
		theme.apply( within );
		marks.apply( within );
		copy.apply( within );
		embed.apply( within );
		follow.apply( within );
	};

	// The charts that are on the screen now, loaded, so that the new ones do not flash.
	const loaded = ( page ) => Promise.race( [
		new Promise( ( done ) => setTimeout( done, PATIENCE ) ),
		Promise.all( Array.from( page.querySelectorAll( '[id] > figure[data-chart]' ), ( figure ) => {
			const old = document.getElementById( figure.parentNode.id );
			const box = old && old.getBoundingClientRect();
			if ( !box || box.bottom < 0 || box.top > innerHeight ) {
				return null;
			}
			const img = figure.querySelector( 'img' );
			const source = Array.from( figure.querySelectorAll( 'source' ) ).find( ( s ) => matchMedia( s.media ).matches );
			const ahead = new Image();
			ahead.src = source ? source.srcset : img.getAttribute( 'src' );
			img.loading = 'eager';
			img.decoding = 'sync';
			return ahead.decode().catch( () => null );
		} ) )
	] );

	const swap = ( page ) => {
		const focus = document.activeElement;
		const id = focus && focus !== document.body && focus.id;
		const top = id ? focus.getBoundingClientRect().top : 0;
		const unfolded = new Set( Array.from( document.querySelectorAll( 'details[open][id]' ), ( d ) => d.id ) );
		page.querySelectorAll( 'details[id]' ).forEach( ( d ) => {
			d.open = d.open || unfolded.has( d.id );
		} );
		parts().forEach( ( part ) => {
			const by = page.querySelector( '[data-part="' + part.dataset.part + '"]' );
			if ( by ) {
				const imported = document.importNode( by, true );
				part.replaceWith( imported );
				enhance( imported );
			}
		} );
		document.title = page.title;
		const again = id && document.getElementById( id );
		if ( again ) {
			again.focus( { preventScroll: true } );
			window.scrollBy( 0, again.getBoundingClientRect().top - top );
		}
		const news = document.querySelector( '[data-says]' );
		says.textContent = news ? news.textContent : page.title;
	};

	// Draws what an address of ours answers. What cannot be drawn here is handed to
	// missed: the answer, or nothing and the error of a request that failed.
	const draw = ( address, push, missed ) => {
		if ( going ) {
			going.abort();
		}
		const mine = going = new AbortController();
		const main = document.getElementById( 'content' );
		const slow = setTimeout( () => {
			wait.hidden = false;
		}, 200 );
		main.setAttribute( 'aria-busy', 'true' );
		fetch( address, { headers: { Accept: 'text/html' }, signal: mine.signal } ).then(
			( answer ) => answer.text().then( ( text ) => ( { answer, text } ) )
		).then( ( { answer, text } ) => {
			if ( !answer.ok || new URL( answer.url ).pathname !== new URL( address, location.href ).pathname ) {
				missed( answer );
				return null;
			}
			const page = new DOMParser().parseFromString( text, 'text/html' );
			theme.apply( page );
			return loaded( page ).then( () => {
				if ( mine.signal.aborted ) {
					return;
				}
				const to = new URL( answer.url );
				const path = to.pathname + to.search + new URL( address, location.href ).hash;
				if ( push && path !== location.pathname + location.search + location.hash ) {
					history.pushState( null, '', path );
				}
				shown = to.pathname + to.search;
				found();
				swap( page );
			} );
		}, ( e ) => missed( null, e ) ).catch( () => location.assign( address ) ).finally( () => {
			clearTimeout( slow );
			if ( going === mine ) {
				going = null;
				wait.hidden = true;
				main.removeAttribute( 'aria-busy' );
			}
		} );
	};

	// Says that nothing came; what is on the screen stays.
	const lose = ( address ) => {
		retry.onclick = () => show( address, true );
		lost.hidden = false;
		says.textContent = lost.querySelector( 'p' ).textContent;
	};

	const found = () => {
		if ( lost.contains( document.activeElement ) ) {
			document.getElementById( 'content' ).focus( { preventScroll: true } );
		}
		lost.hidden = true;
	};

	// Shows an address of ours. What cannot be shown here, the browser goes to.
	const show = ( address, push ) => draw( address, push, ( answer, e ) => {
		if ( answer ) {
			location.assign( address );
		} else if ( e.name !== 'AbortError' ) {
			lose( address );
		}
	} );

	// Shows the page that is open as it is now, where nobody has asked for
	// another. missed is called where that is worth another try.
	const renew = ( missed ) => {
		if ( going ) {
			missed();
			return;
		}
		draw( location.href, false, ( answer ) => {
			if ( answer && answer.status < 500 && answer.status !== 429 ) {
				location.assign( location.href );
			} else {
				missed();
			}
		} );
	};

	document.addEventListener( 'click', ( e ) => {
		const link = e.target.closest( 'a[data-redraw]' );
		if ( link && !e.defaultPrevented && e.button === 0 && !( e.metaKey || e.ctrlKey || e.shiftKey || e.altKey ) ) {
			e.preventDefault();
			link.focus();
			show( link.href, true );
		}
	} );
	document.addEventListener( 'submit', ( e ) => {
		const form = e.target;
		if ( form.matches( 'form[data-redraw]' ) && !e.defaultPrevented ) {
			e.preventDefault();
			const values = new URLSearchParams( new FormData( form, e.submitter ) );
			Array.from( values ).forEach( ( [ name, value ] ) => {
				if ( value === '' ) {
					values.delete( name );
				}
			} );
			const text = values.toString();
			show( form.getAttribute( 'action' ) + ( text ? '?' + text : '' ), true );
		} else if ( form.method === 'post' && !e.defaultPrevented ) {
			// It goes to the server, which may ask a wiki and take its time: once is enough.
			wait.hidden = false;
			const buttons = form.querySelectorAll( 'button' );
			setTimeout( () => buttons.forEach( ( b ) => {
				b.disabled = true;
			} ) );
			window.addEventListener( 'pageshow', () => {
				wait.hidden = true;
				buttons.forEach( ( b ) => {
					b.disabled = false;
				} );
			}, { once: true } );
		}
	} );
	window.addEventListener( 'popstate', () => {
		if ( location.pathname + location.search !== shown ) {
			show( location.href, false );
		}
	} );
	return { enhance, renew };
}() );

redraw.enhance( document );
