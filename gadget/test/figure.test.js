'use strict';

const assert = require( 'node:assert/strict' );
const { test } = require( 'node:test' );
const { HOST, answer, document, open, problem, sample, window } = require( './gadget.js' );

const SVG = '/v1/campaigns/metawiki-12/retention.svg';
const FIGURES = '/v1/campaigns/metawiki-12/retention.json';
const served = ( more ) => Object.assign( {
	[ SVG ]: answer( sample( 'retention.svg' ) ),
	[ FIGURES ]: answer( sample( 'retention.json' ), 'application/json' )
}, more );

test( 'nothing is asked of the service before the reader agrees', async () => {
	const page = await open( { serve: served() } );
	assert.equal( page.state, 'ask' );
	assert.match( page.said, /charts\.example\.org.*not part of this wiki.*IP address.*not your name/ );
	assert.equal( page.observed.size, 0 );
	assert.equal( page.asked.length, 0 );
	assert.equal( window.localStorage.length, 0 );
} );

test( 'after that, the chart is loaded when it comes near, by one request', async () => {
	const page = await open( { serve: served() } );
	await page.press( 'Load chart from charts.example.org' );
	assert.equal( page.state, 'wait' );
	assert.equal( page.asked.length, 0 );
	await page.scroll();
	assert.equal( page.state, 'chart' );
	assert.equal( page.asked.length, 1 );
	const { url, options } = page.asked[ 0 ];
	assert.equal( url.href, HOST + SVG + '?theme=auto&title=0&uselang=en&width=720&height=440' );
	assert.equal( options.credentials, 'omit' );
	assert.equal( options.referrerPolicy, 'no-referrer' );
	assert.ok( page.figure.querySelector( 'svg path' ) );
	assert.equal( page.observed.size, 0 );
	assert.equal( page.timers.filter( Boolean ).length, 0 );
} );

test( 'one answer is for all charts of the page, and for the next page', async () => {
	const html = '<div class="afterglow" data-event="12"></div><div class="afterglow" data-event="12"></div>';
	let page = await open( { html, serve: served() } );
	await page.agree();
	assert.deepEqual( page.figures().map( ( f ) => f.dataset.mwAfterglow ), [ 'chart', 'chart' ] );
	page = await open( { html, serve: served(), keep: true } );
	assert.equal( page.state, 'wait' );
	page = await open( { serve: served(), keep: true, config: { wgAfterglowHost: 'https://other.example.org' } } );
	assert.equal( page.state, 'ask' );
} );

test( 'a named account keeps its choice in its preferences, a temporary one in the browser', async () => {
	let page = await open( { user: 'Bea', serve: served() } );
	await page.agree();
	assert.equal( page.state, 'chart' );
	assert.deepEqual( page.saved, [ [ 'userjs-afterglow-consent', HOST ] ] );
	assert.equal( window.localStorage.length, 0 );
	page = await open( { user: 'Bea', keep: true, serve: served() } );
	assert.equal( page.state, 'wait' );
	await page.scroll();
	await page.press( 'Stop loading charts from charts.example.org' );
	assert.deepEqual( page.saved, [ [ 'userjs-afterglow-consent', null ] ] );
	page = await open( { user: '~2025-1', serve: served() } );
	await page.agree();
	assert.equal( page.saved.length, 0 );
	assert.notEqual( window.localStorage.length, 0 );
} );

test( 'consent can be taken back in the menu, for all charts at once', async () => {
	const html = '<div class="afterglow" data-event="12"></div><div class="afterglow" data-event="12"></div>';
	let page = await open( { html, serve: served() } );
	await page.agree();
	const menu = page.figure.querySelector( 'details summary' );
	assert.equal( menu.getAttribute( 'aria-label' ), 'Options' );
	await page.press( 'Stop loading charts from charts.example.org' );
	assert.deepEqual( page.figures().map( ( f ) => f.dataset.mwAfterglow ), [ 'ask', 'ask' ] );
	assert.equal( document.querySelector( '.afterglow svg' ), null );
	page = await open( { html, keep: true, serve: served() } );
	assert.equal( page.state, 'ask' );
} );

test( 'an answer that comes after the reader changed their mind is not shown', async () => {
	const late = [];
	const page = await open( {
		html: '<div class="afterglow" data-event="12"></div><div class="afterglow" data-event="13"></div>',
		serve: served( { '/v1/campaigns/metawiki-13/retention.svg': () => new Promise( ( resolve ) => {
			late.push( () => resolve( answer( sample( 'retention.svg' ) )() ) );
		} ) } )
	} );
	await page.agree();
	assert.deepEqual( page.figures().map( ( f ) => f.dataset.mwAfterglow ), [ 'chart', 'loading' ] );
	await page.press( 'Stop loading charts from charts.example.org' );
	late[ 0 ]();
	await page.settle();
	assert.deepEqual( page.figures().map( ( f ) => f.dataset.mwAfterglow ), [ 'ask', 'ask' ] );
} );

test( 'a chart in a column, on a phone and on a wide screen asks for its own width', async () => {
	for ( const [ width, asked, height ] of [ [ 288, 320, 489 ], [ 759, 720, 417 ], [ 1216, 1200, 434 ], [ 1700, 1600, 414 ] ] ) {
		const page = await open( { width, serve: served() } );
		await page.agree();
		assert.equal( page.asked[ 0 ].url.searchParams.get( 'width' ), String( asked ) );
		assert.equal( page.asked[ 0 ].url.searchParams.get( 'height' ), String( height ) );
	}
} );

test( 'the table comes on demand, by one request more, and the chart back by none', async () => {
	const page = await open( { serve: served() } );
	await page.agree();
	await page.press( 'Show as table' );
	assert.equal( page.state, 'table' );
	assert.equal( page.asked.length, 2 );
	assert.equal( page.asked[ 1 ].url.href, HOST + FIGURES );
	const rows = Array.from( page.figure.querySelectorAll( 'tr' ), ( row ) => Array.from( row.cells, ( c ) => c.textContent ) );
	assert.deepEqual( rows[ 0 ], [ 'Group', 'Month', 'At risk', 'Retained', 'Rate', '95% interval', 'Status' ] );
	assert.equal( rows[ 1 ][ 0 ], 'All' );
	assert.match( rows[ 1 ].join( '|' ), /^All\|1\|112\|\d+\|[\d.]+%\|[\d.]+% – [\d.]+%\|$/ );
	assert.match( rows[ 12 ].join( '|' ), /^All\|12\|\d+\|–\|–\|–\|not over yet$/ );
	assert.match( page.figure.querySelector( 'caption' ).textContent, /Wiki Loves Libraries 2025.*retention\. 28% of 60 newcomers/ );
	await page.press( 'Show as chart' );
	assert.equal( page.state, 'chart' );
	assert.equal( page.asked.length, 2 );
} );

test( 'the links lead to the same figures and to what they mean', async () => {
	const page = await open( {
		html: '<div class="afterglow" data-event="12" data-threshold="5" data-later-campaigns="exclude"></div>', serve: served()
	} );
	await page.agree();
	assert.equal( page.asked[ 0 ].url.search, '?threshold=5&later_campaigns=exclude&theme=auto&title=0&uselang=en&width=720&height=440' );
	const links = Array.from( page.figure.querySelectorAll( '.afterglow-bar a' ), ( a ) => [ a.textContent, a.href ] );
	assert.deepEqual( links, [
		[ 'Data', HOST + '/v1/campaigns/metawiki-12/retention.csv?threshold=5&later_campaigns=exclude' ],
		[ 'Definition', HOST + '/about' ]
	] );
} );

test( 'what the page holds for readers without the gadget stays until the chart is there', async () => {
	const page = await open( { html: '<div class="afterglow" data-event="12"><p id="f">A picture</p></div>', serve: served() } );
	assert.ok( page.figure.contains( document.getElementById( 'f' ) ) );
	await page.agree();
	assert.equal( document.getElementById( 'f' ), null );
	await page.press( 'Stop loading charts from charts.example.org' );
	assert.ok( page.figure.contains( document.getElementById( 'f' ) ) );
} );

const FAILURES = {
	'no answer': [ undefined, /does not answer/ ],
	429: [ problem( 429, {} ), /does not answer/ ],
	503: [ problem( 503, { detail: 'busy' } ), /does not answer/ ],
	'an HTML page': [ answer( '<p>hello', 'text/html' ), /not a chart/ ],
	'JSON where an SVG should be': [ answer( '{}', 'application/json' ), /not a chart/ ],
	'broken XML': [ answer( '<svg xmlns="http://www.w3.org/2000/svg"><g>' ), /not a chart/ ],
	'an empty body': [ answer( '' ), /not a chart/ ],
	'a body without end': [ answer( 'x'.repeat( 1.1e6 ) ), /not a chart/ ],
	'no type': [ () => new Response( new Uint8Array( 3 ) ), /not a chart/ ],
	400: [ problem( 400, { detail: 'months=99 is not allowed' } ), /cannot draw this chart: months=99 is not allowed/ ],
	'400 without words': [ problem( 400, null ), /cannot draw this chart: 400/ ],
	'404 of a chart': [ problem( 404, { detail: 'no comparison' } ), /no comparison/ ],
	422: [ problem( 422, { detail: 'x'.repeat( 5000 ) } ), /cannot draw this chart: x{300}/ ]
};
for ( const name of Object.keys( FAILURES ) ) {
	test( 'a failure is a sentence with a retry: ' + name, async () => {
		const serve = { [ SVG ]: FAILURES[ name ][ 0 ] };
		const page = await open( { serve } );
		await page.agree();
		assert.equal( page.state, 'error' );
		assert.match( page.said, FAILURES[ name ][ 1 ] );
		assert.ok( page.said.length < 500 );
		assert.equal( page.figure.querySelector( '[role=status]' ).getAttribute( 'role' ), 'status' );
		Object.assign( serve, served() );
		await page.press( 'Try again' );
		assert.equal( page.state, 'chart' );
	} );
}

test( 'a service that never answers is given up, and asked again on demand', async () => {
	const serve = { [ SVG ]: ( options ) => new Promise( ( resolve, reject ) => {
		options.signal.addEventListener( 'abort', () => reject( new Error( 'aborted' ) ) );
	} ) };
	const page = await open( { serve } );
	await page.agree();
	assert.equal( page.state, 'loading' );
	assert.match( page.said, /Loading/ );
	assert.equal( page.timers[ 0 ].ms, 20000 );
	page.timers[ 0 ].run();
	await page.settle();
	assert.equal( page.state, 'error' );
	Object.assign( serve, served() );
	await page.press( 'Try again' );
	assert.equal( page.state, 'chart' );
} );

test( 'an unknown campaign can be tracked, on the host that the reader agreed to and on no other', async () => {
	for ( const [ track, href ] of [
		[ HOST + '/track?campaign=metawiki-12', HOST + '/track?campaign=metawiki-12' ],
		[ '/track?campaign=metawiki-12', HOST + '/track?campaign=metawiki-12' ],
		[ 'https://evil.example/x', HOST + '/x' ],
		[ '//evil.example/x', HOST + '/evil.example/x' ],
		[ '@evil.example/x', HOST + '/@evil.example/x' ],
		// eslint-disable-next-line no-script-url
		[ 'javascript:alert(1)', HOST + '/javascript:alert(1)' ]
	] ) {
		const page = await open( { serve: { [ SVG ]: problem( 404, { track } ) } } );
		await page.agree();
		assert.match( page.said, /has not been measured/ );
		assert.equal( page.figure.querySelector( 'a' ).href, href );
		assert.ok( page.button( 'Try again' ) );
	}
} );

test( 'a campaign that is being measured shows the picture that says so, and a retry', async () => {
	const serve = { [ SVG ]: answer( sample( 'placeholder.svg' ), 'image/svg+xml', 200, { 'Cache-Control': 'no-store' } ) };
	const page = await open( { serve } );
	await page.agree();
	assert.match( page.figure.querySelector( 'svg' ).textContent, /34 of 112/ );
	assert.equal( page.button( 'Show as table' ), undefined );
	Object.assign( serve, served( { [ FIGURES ]: problem( 202, {} ) } ) );
	await page.press( 'Try again' );
	assert.equal( page.state, 'chart' );
	await page.press( 'Show as table' );
	assert.equal( page.state, 'measuring' );
	assert.match( page.said, /is being measured/ );
} );

test( 'a redirect to another wiki of the farm is followed, one to another host is not used', async () => {
	const from = ( url ) => () => Object.defineProperty( answer( sample( 'retention.svg' ) )(), 'url', { value: url } );
	let page = await open( { serve: { [ SVG ]: from( HOST + '/v1/campaigns/enwiki-12/retention.svg' ) } } );
	await page.agree();
	assert.equal( page.state, 'chart' );
	page = await open( { serve: { [ SVG ]: from( HOST + '.evil.example/retention.svg' ) } } );
	await page.agree();
	assert.equal( page.state, 'error' );
} );

test( 'the host must be an https origin, or http on loopback', async () => {
	for ( const host of [ 'https://a.example', 'https://a.example:8443', 'http://127.0.0.1:8080', 'http://localhost', 'http://[::1]:80' ] ) {
		assert.equal( ( await open( { config: { wgAfterglowHost: host } } ) ).get( './afterglow/host.js' ).origin, host );
	}
	for ( const host of [
		'http://a.example', 'http://127.0.0.1.evil.example', 'https://a.example/', 'https://a.example/path', 'https://u@a.example', '//a.example',
		// eslint-disable-next-line no-script-url
		'javascript:alert(1)', 'data:text/html,x', 'https://', 'https://a.example?x', 'https://a b', ' https://a.example', 'https://a.example\n', [ 'https://a.example', 1 ]
	] ) {
		const bad = await open( { config: { wgAfterglowHost: host } } );
		assert.equal( bad.state, 'error', host );
		assert.match( bad.said, /no valid address/ );
		assert.equal( bad.button( 'Try again' ), undefined );
	}
	const page = await open( { config: { wgAfterglowHost: null } } );
	assert.match( page.get( './afterglow/host.js' ).origin, /^https:\/\// );
} );

test( 'a preview that comes later is found, and nothing is made twice', async () => {
	const page = await open( { serve: served() } );
	await Promise.all( [ page.content(), page.content() ] );
	assert.equal( document.querySelectorAll( '.afterglow-slot' ).length, 1 );
	document.body.insertAdjacentHTML( 'beforeend', '<div class="afterglow" data-event="12"></div>' );
	await page.content();
	assert.deepEqual( page.figures().map( ( f ) => f.dataset.mwAfterglow ), [ 'ask', 'ask' ] );
} );

test( 'a page without a chart asks for nothing, not even for words', async () => {
	const page = await open( { html: '<p>Hello' } );
	assert.equal( page.requests.length, 0 );
} );

test( 'the size is set before anything is loaded, and stays', async () => {
	const page = await open( { html: '<div class="afterglow" data-event="12" data-width="480" data-height="300"></div>', serve: served() } );
	const size = page.figure.getAttribute( 'style' );
	assert.match( size, /--afterglow-width: 480px; --afterglow-height: 300px/ );
	await page.agree();
	assert.equal( page.figure.getAttribute( 'style' ), size );
	assert.deepEqual( Array.from( page.figure.children, ( c ) => c.className ), [ 'afterglow-slot', 'afterglow-bar' ] );
} );

test( 'the keyboard: focus is kept, and arrows read the values out', async () => {
	const page = await open( { serve: served() } );
	page.button( 'Load chart from charts.example.org' ).focus();
	await page.agree();
	const plot = page.figure.querySelector( '.afterglow-plot' );
	assert.equal( document.activeElement, plot );
	assert.equal( plot.getAttribute( 'aria-label' ), 'Chart. The arrow keys read out its values.' );
	const tip = plot.querySelector( '[role=status]' );
	const key = ( name ) => plot.dispatchEvent( new window.KeyboardEvent( 'keydown', { key: name, bubbles: true, cancelable: true } ) );
	assert.equal( tip.textContent, '' );
	key( 'ArrowRight' );
	const first = tip.textContent;
	assert.match( first, /month \d+|\d+%/ );
	key( 'ArrowRight' );
	assert.notEqual( tip.textContent, first );
	key( 'ArrowLeft' );
	assert.equal( tip.textContent, first );
	assert.equal( plot.querySelectorAll( '.afterglow-on' ).length, 1 );
	key( 'Escape' );
	assert.equal( tip.textContent, '' );
	assert.ok( key( 'Tab' ), 'other keys do what they do' );
	page.button( 'Show as table' ).focus();
	await page.press( 'Show as table' );
	assert.equal( document.activeElement.className, 'afterglow-table' );
} );

test( 'a pointer or a finger shows the nearest mark’s title', async () => {
	const page = await open( { serve: served() } );
	await page.agree();
	const plot = page.figure.querySelector( '.afterglow-plot' );
	const tip = plot.querySelector( '[role=status]' );
	const marks = Array.from( plot.querySelectorAll( 'circle' ) );
	marks.forEach( ( mark, i ) => {
		mark.getBoundingClientRect = () => ( { left: 100 * i, right: 100 * i + 4, top: 200, bottom: 204 } );
	} );
	const at = ( type, target, x, y ) => target.dispatchEvent( new window.MouseEvent( type, { clientX: x, clientY: y, bubbles: true } ) );
	at( 'pointermove', plot, 310, 210 );
	assert.equal( marks.findIndex( ( m ) => m.classList.contains( 'afterglow-on' ) ), 3 );
	const third = tip.textContent;
	at( 'pointermove', plot, 250, 210 );
	assert.equal( tip.textContent, '' );
	at( 'pointerdown', marks[ 3 ], 999, 999 );
	assert.equal( tip.textContent, third );
	at( 'pointerleave', plot, 0, 0 );
	assert.equal( tip.textContent, '' );
} );
