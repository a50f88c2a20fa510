// The main flow, the same in every browser: sign in, track, follow the reading,
// see the charts, compare, delete. A step drives a window (firefox.mjs, webkit.mjs)
// as a person does, with the pointer and the keyboard, and looks at what is shown.

import assert from 'node:assert/strict';

const PATIENCE = 60_000; // for a page, in milliseconds
const PHONE = [ 360, 760 ];
const DESKTOP = [ 1280, 900 ];

/**
 * Waits until an expression of JavaScript is true in the page, whichever page
 * that is by then.
 *
 * @param {Object} window
 * @param {string} expression
 */
export async function becomes( window, expression ) {
	let last;
	for ( const end = Date.now() + PATIENCE; Date.now() < end; ) {
		try {
			last = await window.evaluate( expression );
			if ( last === true ) {
				return;
			}
		} catch ( e ) {
			last = e.message; // between two pages nothing can be evaluated
		}
		await new Promise( ( done ) => setTimeout( done, 50 ) ); // nothing tells when a page has changed
	}
	const at = await window.evaluate( 'location.href + " | " + document.title + " | " + document.body.innerText.slice( 0, 600 )' ).catch( ( e ) => e.message );
	throw new Error( `does not become true: ${ expression } (${ last }) at ${ at }` );
}

const text = ( window, css ) => window.evaluate( `document.querySelector( ${ JSON.stringify( css ) } ).innerText` );
const count = ( window, css ) => window.evaluate( `document.querySelectorAll( ${ JSON.stringify( css ) } ).length` );
// A list that unfolds is drawn by the system, beyond the reach of a driver.
const choose = ( window, css, value ) => window.evaluate( `( ( e ) => {
	e.scrollIntoView();
	e.value = ${ JSON.stringify( value ) };
	e.dispatchEvent( new Event( 'change', { bubbles: true } ) );
} )( document.querySelector( ${ JSON.stringify( css ) } ) )` );
const heading = ( words ) => `document.querySelector( 'h1' )?.innerText === ${ JSON.stringify( words ) }`;

/** Each step: its name, and what it does with a window and what the server's side knows. */
export const steps = [
	[ 'home', async ( { window, town } ) => {
		await window.open( town.base + '/' );
		await becomes( window, 'document.querySelectorAll( ".campaign" ).length === 2' );
		await becomes( window, '[ ...document.querySelectorAll( "img.spark" ) ].every( ( i ) => i.complete && i.naturalWidth > 0 )' );
		assert.match( await text( window, '.campaign .marks' ), /\d+\s?%/ );
		assert.equal( await count( window, 'nav [aria-current="page"]' ), 1 );
	} ],
	[ 'sign-in cancelled', async ( { window, town } ) => {
		await window.click( '.person a' );
		await becomes( window, 'document.title.startsWith( "Log in" )' );
		await window.type( 'input[name="wpName"]', town.organizer + '\n' );
		await becomes( window, 'document.body.innerText.includes( "to know who you are, and nothing else" )' );
		await window.click( 'button[name="cancel"]' );
		await becomes( window, heading( 'You are not signed in' ) );
		assert.equal( await count( window, 'header.site nav [aria-current]' ), 0, 'no page of the navigation is the one that is shown' );
	} ],
	[ 'sign-in', async ( { window, town } ) => {
		await window.click( 'main a.button' ); // Try again
		await becomes( window, 'document.title.startsWith( "OAuth" )' );
		await window.click( 'button[name="accept"]' );
		await becomes( window, `document.querySelector( '.person .who' )?.innerText === ${ JSON.stringify( town.organizer ) }` );
		assert.equal( await window.evaluate( 'document.cookie' ), '', 'scripts see no cookie' );
	} ],
	[ 'an address that is no event', async ( { window, town } ) => {
		await window.click( 'header.site nav a[href="/track"]' );
		await becomes( window, 'document.querySelector( "#event" ) !== null' );
		await window.type( '#event', town.wiki + '/wiki/Main_Page\n' );
		await becomes( window, 'document.querySelector( "#error" )?.innerText.length > 0' );
		assert.equal( await window.evaluate( 'document.querySelector( "#event" ).value' ), town.wiki + '/wiki/Main_Page', 'what was typed stays' );
		assert.equal( await window.evaluate( 'document.querySelector( "#event" ).getAttribute( "aria-invalid" )' ), 'true' );
	} ],
	[ 'track', async ( { window, town } ) => {
		await window.clear( '#event' );
		await window.type( '#event', town.event );
		await window.click( '#track' );
		await becomes( window, `location.pathname === '/campaigns/' + ${ JSON.stringify( town.campaign ) }` );
		await becomes( window, heading( town.title ) );
	} ],
	// The wiki answers nothing until this step has ended.
	[ 'progress', async ( { window } ) => {
		await becomes( window, 'document.querySelector( ".measuring progress" ) !== null' );
		await becomes( window, '/\\d+ of \\d+/.test( document.querySelector( "[data-progress]" ).innerText )' );
		await window.evaluate( 'window.same = true' );
		assert.equal( await count( window, '#retention' ), 0 );
	} ],
	[ 'chart', async ( { window } ) => {
		await becomes( window, 'document.querySelector( "#retention img" ) !== null && document.querySelector( ".measuring" ) === null' );
		assert.equal( await window.evaluate( 'window.same' ), true, 'the page was not loaded anew: the end came as an event' );
		assert.match( await text( window, '.finding' ), /\d+\s?%/ );
		await window.evaluate( 'document.querySelector( "#retention" ).scrollIntoView()' );
		await becomes( window, '( ( i ) => i.complete && i.naturalWidth > 0 )( document.querySelector( "#retention img" ) )' );
		await becomes( window, 'document.querySelectorAll( "#retention .points circle" ).length > 5' );
		await window.evaluate( 'document.querySelector( "#retention figure" ).scrollIntoView( { block: "center" } )' );
		await window.point( ...await window.evaluate( `( ( box ) => [ Math.round( box.x + box.width / 2 ), Math.round( box.y + box.height / 2 ) ] )(
			document.querySelectorAll( '#retention .points circle' )[ 2 ].getBoundingClientRect() )` ) );
		await becomes( window, '/month \\d+: /.test( document.querySelector( "#retention .tip" ).innerText )' );
	} ],
	[ 'another definition', async ( { window } ) => {
		const before = await text( window, '.finding' );
		await window.click( '#chip-threshold-5' );
		await becomes( window, 'location.search === "?threshold=5" && document.querySelector( "#chip-threshold-5" ).getAttribute( "aria-current" ) === "true"' );
		await becomes( window, '! document.querySelector( "[aria-busy]" )' );
		assert.notEqual( await text( window, '.finding' ), before );
		assert.equal( await window.evaluate( 'window.same' ), true, 'the page was not loaded anew' );
		await window.evaluate( 'history.back()' );
		await becomes( window, `location.search === '' && document.querySelector( '.finding' ).innerText === ${ JSON.stringify( before ) }` );
	} ],
	[ 'Arabic and dark', async ( { window } ) => {
		await window.click( '.languages a[hreflang="ar"]' );
		await becomes( window, 'document.dir === "rtl" && document.querySelector( "#theme" )?.hidden === false' );
		await choose( window, '#theme select', 'dark' );
		await becomes( window, '( ( i ) => i.complete && i.naturalWidth > 0 && /uselang=ar/.test( i.currentSrc ) && /theme=dark/.test( i.currentSrc ) )( document.querySelector( "#retention img" ) )' );
		assert.equal( await window.evaluate( 'getComputedStyle( document.body ).direction' ), 'rtl' );
	} ],
	[ 'participants', async ( { window } ) => {
		await choose( window, '#theme select', 'auto' );
		await window.click( '.languages a[hreflang="en"]' );
		await becomes( window, 'document.dir === "ltr" && document.querySelector( "#participants" ) !== null' );
		await window.click( '#participants' );
		await becomes( window, 'document.querySelectorAll( ".people tbody tr" ).length > 20' );
	} ],
	[ 'compare', async ( { window } ) => {
		await window.click( '.brand' );
		await becomes( window, 'document.querySelectorAll( ".campaign input" ).length === 3' );
		await window.click( '.campaign:nth-of-type( 1 ) .tick input' );
		await window.click( '.campaign:nth-of-type( 3 ) .tick input' );
		await window.click( '#compare button[type="submit"]' );
		await becomes( window, 'location.pathname === "/compare" && document.querySelectorAll( ".chosen li" ).length === 2' );
		await becomes( window, '( ( i ) => i.complete && i.naturalWidth > 0 )( document.querySelector( ".chart img" ) )' );
		assert.match( await text( window, '.finding' ), /\d+\s?%/ );
	} ],
	[ 'delete', async ( { window, town } ) => {
		await window.click( '.person .who' );
		await becomes( window, 'location.pathname === "/mine"' );
		await window.click( `.campaign a[href="/campaigns/${ town.campaign }"]` );
		await becomes( window, heading( town.title ) );
		await window.click( '#delete' );
		await becomes( window, 'document.querySelector( "button#delete" ) !== null' );
		await window.click( 'button#delete' );
		await becomes( window, 'document.querySelector( ".notice.success" ) !== null' );
		await window.click( '.brand' );
		await becomes( window, 'location.pathname === "/" && document.querySelectorAll( ".campaign" ).length === 2' );
	} ],
	[ 'a page that is gone', async ( { window, town } ) => {
		await window.open( town.base + '/campaigns/' + town.campaign );
		await becomes( window, 'document.querySelector( "main a.button" ) !== null' );
		assert.equal( await count( window, 'header.site nav [aria-current]' ), 0, 'no page of the navigation is the one that is shown' );
	} ],
	[ 'sign out', async ( { window } ) => {
		await window.click( 'header.site nav a[href="/about"]' );
		await becomes( window, 'location.pathname === "/about"' );
		await window.click( '.person button' );
		await becomes( window, 'location.pathname === "/about" && document.querySelector( ".person a[href*=\\"/login\\"]" ) !== null' );
	} ]
];

/**
 * Looks at the page that a step has led to: on a phone and on a desktop nothing
 * may be wider than the window.
 *
 * @param {Object} window
 * @param {string} [file] Where pictures go; none without it
 * @return {Promise<string[]>} what is wrong
 */
export async function look( window, file ) {
	const wrong = [];
	for ( const [ name, [ width, height ] ] of [ [ 'phone', PHONE ], [ 'desktop', DESKTOP ] ] ) {
		await window.resize( width, height );
		await becomes( window, `innerWidth === ${ width }` );
		const wide = await window.evaluate( 'document.documentElement.scrollWidth' );
		if ( wide > width ) {
			wrong.push( `the page is ${ wide } wide in a window of ${ width }` );
		}
		if ( file ) {
			await window.evaluate( `Promise.all( [ ...document.images ].map( ( i ) => { i.loading = 'eager'; return i.decode().catch( () => null ); } ) ).then( () => true )` );
			await window.picture( `${ file }-${ name }.png`, width, height );
		}
	}
	return wrong;
}
