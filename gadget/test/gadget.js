'use strict';

const fs = require( 'node:fs' );
const path = require( 'node:path' );
require( 'mock-mediawiki/with-jsdom' );

const root = path.join( __dirname, '..' );
const { window, mw } = global;
const { document } = window;

const HOST = 'https://charts.example.org';

const text = ( ...file ) => fs.readFileSync( path.join( root, ...file ), 'utf8' );
const json = ( ...file ) => JSON.parse( text( ...file ) );
const sample = ( file ) => text( 'test/samples', file );

/**
 * The pages that gadget.txt names for a gadget; each is a file of the same name.
 *
 * @param {string} name
 * @return {string[]}
 */
function pages( name ) {
	const line = text( 'gadget.txt' ).split( '\n' ).find( ( l ) => l.startsWith( '* ' + name + '[' ) );
	return line.slice( line.indexOf( ']' ) + 1 ).split( '|' ).filter( Boolean );
}

/**
 * Run the package as ResourceLoader does: only pages that gadget.txt names can be
 * required, and each has what a page's script has.
 *
 * @param {Object} globals
 * @return {Function} require(), of the package's root
 */
function load( globals ) {
	const known = pages( 'afterglow' );
	const loaded = {};
	const requireFrom = ( folder ) => ( name ) => {
		const file = path.posix.join( folder, name );
		if ( !known.includes( file ) ) {
			throw new Error( 'gadget.txt does not name ' + file );
		}
		if ( file.endsWith( '.json' ) ) {
			return json( file );
		}
		if ( !loaded[ file ] ) {
			const module = loaded[ file ] = { exports: {} };
			const names = Object.keys( globals );
			// eslint-disable-next-line no-new-func
			new Function( 'require', 'module', 'exports', ...names, text( file ) )(
				requireFrom( path.posix.dirname( file ) ), module, module.exports, ...names.map( ( n ) => globals[ n ] )
			);
		}
		return loaded[ file ].exports;
	};
	return requireFrom( '' );
}

/**
 * An answer of the service.
 *
 * @param {string} body
 * @param {string} [type]
 * @param {number} [status]
 * @param {Object} [headers]
 * @return {Function} Makes a new Response each time
 */
const answer = ( body, type = 'image/svg+xml; charset=utf-8', status = 200, headers = {} ) => () => new Response(
	body, { status, headers: Object.assign( { 'Content-Type': type, 'Cache-Control': 'public, max-age=300' }, headers ) }
);
const problem = ( status, members ) => answer( JSON.stringify( members ), 'application/problem+json', status );

const settle = async () => {
	for ( let i = 0; i < 60; i++ ) {
		await new Promise( ( resolve ) => {
			setImmediate( resolve );
		} );
	}
};

/**
 * A wiki page with the gadget.
 *
 * @param {Object} [o] html; config: of mw.config; user: name, '~2025-1' for a temporary
 *  account; serve: path → answer, for the service and the wiki, words → for pages of
 *  words; lang, dir; width; chain: of fallback languages; keep: whether what readers chose
 *  before is remembered
 * @return {Promise<Object>}
 */
async function open( o = {} ) {
	document.body.innerHTML = '<div class="mw-parser-output" dir="ltr">' + ( o.html || '<div class="afterglow" data-event="12"></div>' ) + '</div>';
	document.documentElement.lang = o.lang || 'en';
	document.documentElement.dir = o.dir || 'ltr';
	if ( !o.keep ) {
		window.localStorage.clear();
		mw.user.options.set( 'userjs-afterglow-consent', null );
	}
	mw.config.set( Object.assign( {
		wgAfterglowHost: HOST, wgUserLanguage: 'en', wgPageContentLanguage: 'en', wgWikiID: 'metawiki', wgUserName: o.user || null,
		wgPageName: 'Event:Wiki_Loves_Libraries', wgCampaignEventsEventID: null, wgArticlePath: '/wiki/$1', wgScript: '/w/index.php'
	}, o.config ) );

	const requests = [];
	const words = ( options, url ) => new Response( text( url.searchParams.get( 'title' ).replace( 'MediaWiki:Gadget-', '' ) ) );
	const fetch = async ( address, options = {} ) => {
		const url = new URL( address, window.location );
		requests.push( { url, options } );
		const name = /^MediaWiki:/.test( url.searchParams.get( 'title' ) ) ? 'words' : url.pathname;
		const serving = Object.assign( { words }, o.serve )[ name ];
		if ( !serving ) {
			throw new TypeError( 'Failed to fetch' );
		}
		const made = await serving( options, url );
		return made.url ? made : Object.defineProperty( made, 'url', { value: url.href } );
	};

	const observed = new Set();
	let tell;
	class IntersectionObserver {
		constructor( callback ) {
			tell = callback;
		}

		observe( element ) {
			observed.add( element );
		}

		unobserve( element ) {
			observed.delete( element );
		}
	}
	const saved = [];
	const loaded = [];
	const handlers = [];
	const wiki = Object.create( mw );
	wiki.hook = () => ( { add: ( handler ) => handlers.push( handler ) } );
	wiki.loader = { using: ( module ) => {
		loaded.push( module );
		return Promise.resolve();
	} };
	wiki.language = { getFallbackLanguageChain: () => o.chain || [ 'en' ] };
	wiki.user = Object.assign( Object.create( mw.user ), { isNamed: () => !!o.user && !o.user.startsWith( '~' ) } );
	wiki.Api = class {
		saveOption( ...option ) {
			saved.push( option );
		}
	};
	const timers = [];
	const get = load( Object.assign( {
		mw: wiki, fetch, IntersectionObserver,
		// jsdom computes no direction
		getComputedStyle: ( element ) => ( { direction: element.parentNode.closest( '[dir]' ).dir } ),
		setTimeout: ( run, ms ) => timers.push( { run, ms } ), clearTimeout: ( id ) => {
			delete timers[ id - 1 ];
		}
	}, Object.fromEntries( [ 'document', 'DOMParser' ].map( ( name ) => [ name, window[ name ] ] ) ) ) );
	Object.defineProperty( window.HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => o.width || 720 } );
	Object.defineProperty( window.HTMLElement.prototype, 'clientHeight', { configurable: true, get: () => 440 } );
	get( './afterglow.js' );
	const figures = () => Array.from( document.querySelectorAll( '.afterglow' ) );
	const page = {
		get, DOMParser: window.DOMParser, requests, saved, loaded, observed, timers, figures, settle,
		// The first chart, its state, and what it says.
		get figure() {
			return figures()[ 0 ];
		},
		get state() {
			return page.figure.dataset.mwAfterglow;
		},
		get said() {
			return page.figure.querySelector( '.afterglow-slot' ).textContent.replace( /[\u2068\u2069]/g, '' );
		},
		// Requests to the service.
		get asked() {
			return requests.filter( ( r ) => r.url.origin === HOST );
		},
		button: ( label ) => Array.from( document.querySelectorAll( '.afterglow button, .afterglow summary' ) )
			.find( ( b ) => b.textContent.replace( /[\u2068\u2069]/g, '' ) === label ),
		async press( label ) {
			page.button( label ).click();
			await settle();
		},
		// Scroll: every chart that is waited for comes near.
		async scroll() {
			tell( Array.from( observed, ( target ) => ( { target, isIntersecting: true } ) ) );
			await settle();
		},
		// The page's content changed, as in a preview.
		async content() {
			handlers.forEach( ( handler ) => handler( global.$( document.body ) ) );
			await settle();
		},
		// Agree and scroll to the first chart.
		async agree() {
			await page.press( 'Load chart from charts.example.org' );
			await page.scroll();
		}
	};
	await page.content();
	return page;
}

module.exports = { HOST, answer, document, json, mw, open, pages, problem, root, sample, text, window };
