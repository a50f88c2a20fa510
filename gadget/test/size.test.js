'use strict';

const assert = require( 'node:assert/strict' );
const test = require( 'node:test' );
const zlib = require( 'node:zlib' );
const { minify } = require( 'terser' );
const { json, pages, text } = require( './gadget.js' );

// load.php adds the pages' titles as comments, and versions: MediaWiki 1.43 sent
// 45 bytes more than is counted here.
const OVERHEAD = 50;

// A little under 8 KB, so that a wiki whose answers are packed less well stays under it.
const MOST = 8000;

const gzipped = ( body ) => zlib.gzipSync( body, { level: 9 } ).length;

/**
 * What load.php answers for the package: white space and comments taken out,
 * names kept, files in one object.
 *
 * @return {Promise<string>}
 */
async function script() {
	const files = await Promise.all( pages( 'afterglow' ).map( async ( file ) => {
		const body = file.endsWith( '.json' ) ? JSON.stringify( json( file ) ) :
			'function(require,module,exports){' + ( await minify( text( file ), { compress: false, mangle: false } ) ).code + '}';
		return JSON.stringify( file ) + ':' + body;
	} ) );
	return 'mw.loader.impl(function(){return["ext.gadget.afterglow@00000",{"main":"afterglow.js","files":{' +
		files.join( ',\n' ) + '}}];});';
}

const styles = () => pages( 'afterglow-styles' ).map( ( file ) => text( file )
	.replace( /\/\*[^]*?\*\//g, '' ).replace( /\s+/g, ' ' ).replace( / ?([{}:;,>()]) ?/g, '$1' ) ).join( '' );

test( 'all that a reader downloads, in any language, is under 8,000 bytes gzipped', async ( t ) => {
	const code = gzipped( await script() );
	const css = gzipped( styles() );
	for ( const language of json( 'afterglow/config.json' ).languages ) {
		const words = gzipped( text( 'afterglow/i18n', language + '.json' ) );
		const all = code + css + words + OVERHEAD;
		t.diagnostic( `${ language }: ${ all } bytes (script ${ code }, styles ${ css }, words ${ words })` );
		assert.ok( all < MOST, `${ language }: ${ all } bytes` );
	}
} );
