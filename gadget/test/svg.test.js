'use strict';

const assert = require( 'node:assert/strict' );
const fs = require( 'node:fs' );
const path = require( 'node:path' );
const { test } = require( 'node:test' );
const { answer, document, open, root, sample } = require( './gadget.js' );

const PATH = '/v1/campaigns/metawiki-12/retention.svg';
const NS = 'xmlns="http://www.w3.org/2000/svg"';
const wrap = ( inner, attributes = '' ) => `<svg ${ NS } viewBox="0 0 9 9" ${ attributes }><rect/>${ inner }</svg>`;
const build = async ( text ) => ( await open( {} ) ).get( './afterglow/svg.js' )( text );

const ELEMENTS = [ 'svg', 'g', 'path', 'rect', 'circle', 'line', 'text' ];
const ATTRIBUTES = /^(class|role|aria-label|viewBox|lang|direction|d|x|y|x[12]|y[12]|c[xy]|r|r[xy]|width|height|transform|fill|stroke|color|opacity|(fill|stroke)-opacity|stroke-(width|dasharray|linejoin|linecap)|font-(size|weight|family)|text-anchor)$/;

/**
 * What must hold of every chart in the page, whatever the service sent.
 *
 * @param {SVGElement} svg
 * @param {string} style
 */
function inert( svg, style ) {
	for ( const element of [ svg, ...svg.querySelectorAll( '*' ) ] ) {
		assert.equal( element.namespaceURI, 'http://www.w3.org/2000/svg' );
		assert.ok( ELEMENTS.includes( element.localName ), element.localName );
		for ( const { name, value } of element.attributes ) {
			assert.match( name, ATTRIBUTES );
			assert.doesNotMatch( name === 'aria-label' ? '' : value, /url|script|:|[<>"'&;\\]|!/ );
		}
		for ( const name of element.getAttribute( 'class' ) ? element.getAttribute( 'class' ).split( ' ' ) : [] ) {
			assert.match( name, /^(ag-\w*)?$/ );
		}
	}
	// Beside @media and plain declarations nothing is left, however it is nested.
	assert.match( style, /^([.\w -]*\{[\w#:;., -]*\}|@media screen( and \(prefers-color-scheme:dark\))?\{|\})*$/ );
	assert.doesNotMatch( style, /url|import|expression|position|content|@(?!media)/ );
}

test( 'the service’s own charts come through whole', async () => {
	const page = await open( {} );
	const make = page.get( './afterglow/svg.js' );
	// The samples of this folder, and the golden files of the charts where they are beside it.
	const golden = path.join( root, '../charts/testdata' );
	const files = fs.readdirSync( path.join( root, 'test/samples' ) ).map( ( f ) => path.join( root, 'test/samples', f ) )
		.concat( fs.existsSync( golden ) ? fs.readdirSync( golden, { recursive: true } ).map( ( f ) => path.join( golden, f ) ) : [] )
		.filter( ( f ) => f.endsWith( '.svg' ) );
	assert.ok( files.length > 10 );
	for ( const file of files ) {
		const text = fs.readFileSync( file, 'utf8' );
		const chart = make( text );
		assert.ok( chart, file );
		inert( chart.svg, chart.style.textContent );
		const from = new page.DOMParser().parseFromString( text, 'image/svg+xml' ).documentElement;
		const count = ( element, selector ) => element.querySelectorAll( selector ).length;
		assert.equal( count( chart.svg, '*' ), count( from, '*' ) - count( from, 'title, desc, style' ), file );
		const attributes = ( element ) => Array.from( element.querySelectorAll( '*' ) ).reduce( ( n, e ) => n + e.attributes.length, 0 );
		assert.equal( attributes( chart.svg ), attributes( from ), file );
		assert.equal( chart.tips.size, count( from, ':not(g):not(svg) > title' ), file );
		const css = from.querySelector( 'style' ).textContent;
		if ( css.includes( '.aga' ) ) { // theme=auto, which the gadget asks for
			const declarations = ( t ) => ( t.match( /[{;][a-z-]+:/g ) || [] ).length;
			const [ light, dark ] = css.split( '@media' );
			assert.equal( declarations( chart.style.textContent ), declarations( light ) + 2 * declarations( dark.slice( dark.indexOf( ')' ) ) ), file );
		}
		assert.ok( chart.label.length > 10, file );
	}
} );

test( 'a chart follows the skin’s theme, and paper is light', async () => {
	const chart = await build( wrap( '<style>.a{fill:#fff}.a .b{stroke:#000;stroke-width:1.5}@media screen and (prefers-color-scheme:dark){.a{fill:#111}}</style>' ) );
	assert.equal( chart.style.textContent,
		'.ag-a{fill:#fff}.ag-a .ag-b{stroke:#000;stroke-width:1.5}' +
		'@media screen{.skin-theme-clientpref-night .ag-a{fill:#111}}' +
		'@media screen and (prefers-color-scheme:dark){.skin-theme-clientpref-os .ag-a{fill:#111}}' );
} );

test( 'an Arabic chart keeps its direction on an English page, and the other way round', async () => {
	assert.equal( ( await build( sample( 'retention-ar.svg' ) ) ).svg.getAttribute( 'direction' ), 'rtl' );
	assert.equal( ( await build( sample( 'retention.svg' ) ) ).svg.getAttribute( 'direction' ), 'ltr' );
} );

test( 'a title from outside is text', async () => {
	const chart = await build( sample( 'retention-nasty.svg' ) );
	assert.match( chart.label, /<script>alert\(1\)<\/script>/ );
	assert.equal( chart.svg.querySelector( 'script' ), null );
	assert.match( chart.svg.textContent, /<script>/ );
} );

const HOSTILE = {
	script: '<script>window.owned = 1</script>',
	'script in the XHTML namespace': '<script xmlns="http://www.w3.org/1999/xhtml">window.owned = 1</script>',
	'HTML in a foreign object': '<foreignObject><img xmlns="http://www.w3.org/1999/xhtml" src="x" onerror="window.owned = 1"/></foreignObject>',
	'HTML at the top': '<img xmlns="http://www.w3.org/1999/xhtml" src="https://evil.example/x" onerror="window.owned = 1"/>',
	'an event handler': '<rect onload="window.owned = 1" onclick="window.owned = 1" onfocus="window.owned = 1" tabindex="0"/>',
	'a handler of animations': '<set attributeName="onload" to="window.owned = 1"/><animate onbegin="window.owned = 1" attributeName="x" begin="0s"/>',
	'a link': '<a href="javascript:window.owned = 1"><text>Click</text></a>',
	'an XLink': '<a xmlns:x="http://www.w3.org/1999/xlink" x:href="javascript:window.owned = 1"><text>Click</text></a>',
	use: '<use href="data:image/svg+xml,&lt;svg id=&quot;x&quot;/&gt;#x"/>',
	image: '<image href="https://evil.example/x.png"/><feImage href="https://evil.example/x.png"/>',
	'a style attribute': '<rect style="fill:url(https://evil.example/x)"/>',
	'a paint server elsewhere': '<rect fill="url(https://evil.example/x#y)" stroke="url(#z)" filter="url(#f)" clip-path="url(#c)" mask="url(#m)"/>',
	'CSS that loads': '<style>@import "https://evil.example/x.css";.a{fill:url(https://evil.example/x)}.b{background:url(https://evil.example/x)}</style>',
	'CSS that hides behind escapes': '<style>.a{fill:\\75rl(https://evil.example/x)}.a{fill:u/**/rl(x)}</style>',
	'CSS that leaves its place': '<style>.a{position:fixed;top:0;left:0}*{display:none}body{color:red}.a,body{fill:#fff}.a{fill:#fff}}body{display:none}</style>',
	'CSS for the wiki’s classes': '<style>.mw-body .vector-header{fill:#fff}#content{fill:none}.a>.b{fill:none}.a:hover{fill:none}</style>',
	'CSS that closes the style element': '<style>.a{fill:#fff}&lt;/style>&lt;script>window.owned = 1&lt;/script></style>',
	'CSS in the dark': '<style>@media screen and (prefers-color-scheme:dark){.a{fill:url(x)}@import "x";body{fill:red}}</style>',
	'a font': '<style>@font-face{font-family:x;src:url(https://evil.example/x)}.a{font-family:x}</style>',
	'the wiki’s classes': '<rect class="mw-notification-area oo-ui-windowManager afterglow afterglow-button &quot;>"/>',
	'the page’s ids': '<rect id="mw-content-text" name="wpLoginToken" data-ooui="{}" data-mw="x" aria-labelledby="x"/>',
	'an inner svg': '<svg onload="window.owned = 1"><script>window.owned = 1</script></svg>',
	'a processing instruction': '<?xml-stylesheet href="https://evil.example/x.css"?>',
	CDATA: '<text><![CDATA[<script>window.owned = 1</script>]]></text><![CDATA[<script>window.owned = 1</script>]]>',
	comments: '<!--<script>window.owned = 1</script>-->',
	'numbers that are none': '<rect x="1;2" y="calc(1px)" width="1e99999" height="javascript:1"/><path d="M0 0 url(x)"/>',
	'a transform that is none': '<text transform="matrix(1 0 0 1 0 0)">x</text><text transform="rotate(1);x">x</text>',
	'the prototype': '<rect constructor="1" __proto__="1" toString="1"/>'
};
for ( const name of Object.keys( HOSTILE ) ) {
	test( 'a hostile chart gets nowhere: ' + name, async () => {
		const page = await open( { serve: { [ PATH ]: answer( wrap( HOSTILE[ name ] ) ) } } );
		const before = page.requests.length;
		await page.agree();
		const svg = page.figure.querySelector( 'svg' );
		assert.equal( page.state, 'chart' );
		inert( svg, page.figure.querySelector( 'style' ).textContent );
		assert.equal( global.window.owned, undefined );
		assert.equal( page.requests.length, before + 1 );
		assert.equal( document.querySelectorAll( 'script, img, image, iframe, object, embed, foreignObject, use, animate, set' ).length, 0 );
	} );
}

test( 'what is no chart is refused', async () => {
	const page = await open( {} );
	const make = page.get( './afterglow/svg.js' );
	for ( const text of [
		'', 'x', '{}', '<html/>', '<svg/>', `<svg ${ NS }/>`, `<svg ${ NS } viewBox="0 0 1 1"/>`, `<svg ${ NS }><g/></svg>`,
		`<svg ${ NS } viewBox="0 0 1 1"><g></svg>`, '<svg xmlns="http://www.w3.org/1999/xhtml" viewBox="0 0 1 1"><g/></svg>',
		`<!DOCTYPE svg [<!ENTITY a "b">]><svg ${ NS } viewBox="0 0 1 1"><text>&a;</text></svg>`,
		`<!doctype svg><svg ${ NS } viewBox="0 0 1 1"><g/></svg>`
	] ) {
		assert.equal( make( text ), null, text );
	}
} );

test( 'size and depth are bounded', async () => {
	const wide = await build( wrap( '<rect/>'.repeat( 20000 ) ) );
	assert.ok( wide.svg.querySelectorAll( '*' ).length <= 5001 );
	const deep = await build( wrap( '<g>'.repeat( 500 ) + '<rect/>' + '</g>'.repeat( 500 ) ) );
	assert.ok( deep.svg.querySelectorAll( '*' ).length <= 10 );
	const long = await build( wrap( '<title>' + 'x'.repeat( 1e5 ) + '</title><text>' + 'x'.repeat( 1e5 ) + '</text>' ) );
	assert.ok( long.label.length <= 1000 && long.svg.textContent.length <= 1000 );
} );

test( 'style sheets made to keep a pattern busy are read, in time that grows with their length', async () => {
	// A pattern that goes back over what it read would not end within the runner’s limit.
	for ( const css of [ '.a'.repeat( 3e5 ), '.a '.repeat( 3e5 ), '.a{' + 'fill:1 1 1 1 1 1 1 1 1;'.repeat( 3e4 ), '.a{fill:' + '1'.repeat( 5e5 ), '@media screen and (prefers-color-scheme:dark){'.repeat( 2e4 ) ] ) {
		const chart = await build( wrap( '<style>' + css + '</style>' ) );
		inert( chart.svg, chart.style.textContent );
	}
} );
