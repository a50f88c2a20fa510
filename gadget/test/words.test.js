'use strict';

const assert = require( 'node:assert/strict' );
const { test } = require( 'node:test' );
const { answer, json, open, pages, text } = require( './gadget.js' );

const { languages } = json( 'afterglow/config.json' );
const words = ( code ) => {
	const all = json( 'afterglow/i18n', code + '.json' );
	delete all[ '@metadata' ];
	return all;
};
const english = words( 'en' );
const keys = Object.keys( english );
const placeholders = ( sentence ) => ( sentence.match( /\$\d/g ) || [] ).sort().join();

test( 'all promised languages are there', () => {
	assert.deepEqual( languages, [ 'ar', 'de', 'en', 'es', 'fr', 'hi', 'sw' ] );
} );

for ( const code of languages ) {
	test( 'the words are whole: ' + code, () => {
		const own = words( code );
		assert.deepEqual( Object.keys( own ).sort(), [ ...keys ].sort() );
		for ( const key of keys ) {
			assert.ok( own[ key ].trim(), key );
			assert.equal( placeholders( own[ key ] ), placeholders( english[ key ] ), key );
			assert.doesNotMatch( own[ key ], /[<>]|\{\{/, key );
		}
		const script = { ar: /[\u0600-\u06ff]/, hi: /[\u0900-\u097f]/ }[ code ] || /[a-z]/i;
		for ( const key of keys ) {
			assert.match( own[ key ], script, key );
		}
	} );
}

test( 'each message is explained to translators, with what its $1 is', () => {
	const qqq = words( 'qqq' );
	assert.deepEqual( Object.keys( qqq ).sort(), [ ...keys ].sort() );
	for ( const key of keys ) {
		for ( const placeholder of placeholders( english[ key ] ).split( ',' ).filter( Boolean ) ) {
			assert.ok( qqq[ key ].includes( placeholder ), key + ' ' + placeholder );
		}
	}
} );

test( 'each message is used, and each that is used is there', () => {
	const scripts = pages( 'afterglow' ).filter( ( f ) => f.endsWith( '.js' ) ).map( ( f ) => text( f ) ).join( '\n' );
	const named = new Set( Array.from( scripts.matchAll( /(?:msg|button|link)\( '([a-z_]+)'/g ), ( m ) => m[ 1 ] ) );
	const table = text( 'afterglow/table.js' );
	const columns = /const COLUMNS = \[([^]*?)\]/.exec( table )[ 1 ].match( /[a-z_]+/g );
	// What the service's JSON has for groups, phases and statuses.
	const values = [
		'all', 'newcomers', 'experienced', 'first-time', 'repeat', 'control',
		'before', 'during', 'after', 'provisional', 'open', 'suppressed', 'empty'
	];
	const used = new Set( [ ...named, ...columns, ...values ] );
	assert.deepEqual( [ ...used ].filter( ( key ) => !keys.includes( key ) ), [] );
	assert.deepEqual( keys.filter( ( key ) => !used.has( key ) ), [] );
} );

test( 'the reader’s language, and the interface’s direction', async () => {
	for ( const [ code, dir ] of [ [ 'ar', 'rtl' ], [ 'sw', 'ltr' ] ] ) {
		const page = await open( { lang: code, dir, config: { wgUserLanguage: code } } );
		assert.equal( page.figure.lang, code );
		assert.equal( page.figure.dir, dir );
		assert.equal( page.said, ( words( code ).why + words( code ).load ).replaceAll( '$1', 'charts.example.org' ) );
		assert.match( page.figure.textContent, /\u2068charts\.example\.org\u2069/ );
		assert.equal( page.requests.length, 1, 'one page of words' );
		assert.equal( page.figure.querySelector( '.afterglow-fallback' ).dir, 'ltr' );
	}
} );

test( 'another language falls back along MediaWiki’s chain, which is asked only then', async () => {
	let page = await open( { config: { wgUserLanguage: 'gsw' }, chain: [ 'gsw', 'de', 'en' ] } );
	assert.deepEqual( page.loaded, [ 'mediawiki.language' ] );
	assert.match( page.said, /Diagramm/ );
	assert.equal( page.figure.lang, 'de' );
	page = await open( { config: { wgUserLanguage: 'ja' }, chain: [ 'ja', 'en' ] } );
	assert.match( page.said, /draws the chart/ );
	page = await open( { config: { wgUserLanguage: 'fr' } } );
	assert.deepEqual( page.loaded, [] );
} );

test( 'a language whose page cannot be had is English; without any, the gadget still works', async () => {
	let page = await open( { config: { wgUserLanguage: 'fr' }, serve: {
		words: ( o, url ) => url.search.includes( 'fr.json' ) ? answer( 'Not found', 'text/html', 404 )() : answer( text( 'afterglow/i18n/en.json' ), 'text/x-wiki' )()
	} } );
	assert.match( page.said, /draws the chart/ );
	page = await open( { serve: { words: answer( '<html>', 'text/html', 500 ) } } );
	assert.equal( page.state, 'ask' );
	assert.equal( page.figure.querySelectorAll( 'button' ).length, 1 );
} );

test( 'the chart is asked for in the reader’s own language, also in one that the gadget lacks', async () => {
	const page = await open( { config: { wgUserLanguage: 'pt-br' }, chain: [ 'pt-br', 'pt', 'en' ], serve: {} } );
	page.figure.querySelector( 'button' ).click();
	await page.scroll();
	assert.equal( page.asked[ 0 ].url.searchParams.get( 'uselang' ), 'pt-br' );
} );
