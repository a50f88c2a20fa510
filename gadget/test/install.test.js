'use strict';

const assert = require( 'node:assert/strict' );
const http = require( 'node:http' );
const { test } = require( 'node:test' );
const { json, pages, text } = require( './gadget.js' );

/**
 * A wiki's api.php, as far as the installer knows it.
 *
 * @param {Map} content Titles and texts
 * @return {Promise<Object>} address, edits, close()
 */
async function wiki( content ) {
	const edits = [];
	let loggedIn = false;
	const answer = ( p, headers ) => {
		if ( p.get( 'meta' ) === 'tokens' && p.get( 'type' ) === 'login' ) {
			return { query: { tokens: { logintoken: 'L+\\' } } };
		}
		if ( p.get( 'action' ) === 'login' ) {
			loggedIn = p.get( 'lgpassword' ) === 'secret' && p.get( 'lgtoken' ) === 'L+\\' && /session=1/.test( headers.cookie );
			return { login: loggedIn ? { result: 'Success' } : { result: 'Failed', reason: 'Incorrect username or password' } };
		}
		if ( !loggedIn && headers.authorization !== 'Bearer tok' ) {
			return { error: { code: 'assertuserfailed', info: 'You are no longer logged in' } };
		}
		if ( p.get( 'meta' ) === 'tokens' ) {
			return { query: { tokens: { csrftoken: 'C+\\' } } };
		}
		const title = p.get( 'titles' ) || p.get( 'title' );
		const there = content.has( title );
		if ( p.get( 'action' ) === 'query' ) {
			return { query: { pages: [ there ? { title, revisions: [ { revid: 7, slots: { main: { content: content.get( title ) } } } ] } : { title, missing: true } ] } };
		}
		if ( p.get( 'token' ) !== 'C+\\' || there !== p.has( 'nocreate' ) || there === p.has( 'createonly' ) ) {
			return { error: { code: 'badtoken', info: 'Invalid' } };
		}
		edits.push( title );
		// As MediaWiki saves it.
		const sent = p.get( 'text' ).trimEnd();
		content.set( title, title.endsWith( '.json' ) ? JSON.stringify( JSON.parse( sent ), null, 4 ) : sent );
		return { edit: { result: 'Success' } };
	};
	const server = http.createServer( ( request, response ) => {
		let body = '';
		request.on( 'data', ( chunk ) => {
			body += chunk;
		} ).on( 'end', () => {
			response.setHeader( 'Set-Cookie', 'session=1; path=/; HttpOnly' );
			response.setHeader( 'Content-Type', 'application/json' );
			response.end( JSON.stringify( answer( new URLSearchParams( body ), request.headers ) ) );
		} );
	} );
	await new Promise( ( resolve ) => {
		server.listen( 0, '127.0.0.1', resolve );
	} );
	return { address: `http://127.0.0.1:${ server.address().port }/w/api.php`, edits, close: () => server.close() };
}

const TOKEN = { AFTERGLOW_WIKI_TOKEN: 'tok' };

test( 'every page that the definition names is installed, and the definition last', async () => {
	const { install } = await import( '../install.mjs' );
	const content = new Map( [ [ 'MediaWiki:Gadgets-definition', '== tools ==\n* other[ResourceLoader]|other.js' ] ] );
	const site = await wiki( content );
	try {
		const saved = await install( site.address, { env: { AFTERGLOW_WIKI_USER: 'A@b', AFTERGLOW_WIKI_PASSWORD: 'secret' }, host: 'https://charts.example.org' } );
		assert.equal( saved, site.edits.length );
		for ( const file of [ ...pages( 'afterglow' ), ...pages( 'afterglow-styles' ), ...json( 'afterglow/config.json' ).languages.map( ( l ) => `afterglow/i18n/${ l }.json` ) ] ) {
			const page = content.get( 'MediaWiki:Gadget-' + file );
			if ( file.endsWith( '.json' ) ) {
				assert.deepEqual( JSON.parse( page ), Object.assign( json( file ), file.endsWith( 'config.json' ) && { host: 'https://charts.example.org' } ) );
			} else {
				assert.equal( page, text( file ).trimEnd() );
			}
		}
		assert.ok( content.has( 'Template:Campaign retention' ) && content.has( 'Template:Campaign retention/doc' ) && content.has( 'MediaWiki:Gadget-afterglow' ) );
		assert.equal( site.edits.at( -1 ), 'MediaWiki:Gadgets-definition' );
		assert.match( content.get( 'MediaWiki:Gadgets-definition' ), /^== tools ==\n\* other\[ResourceLoader\]\|other\.js\n\* afterglow\[.*\]\|afterglow\.js\|.*\n\* afterglow-styles\[.*\]\|afterglow\.css$/ );
		assert.equal( content.has( 'MediaWiki:Gadget-afterglow/i18n/qqq.json' ), false );
		// Again: nothing to do.
		assert.equal( await install( site.address, { env: TOKEN, host: 'https://charts.example.org' } ), 0 );
	} finally {
		site.close();
	}
} );

test( 'an update keeps what the wiki chose, and a dry run changes nothing', async () => {
	const { define, install } = await import( '../install.mjs' );
	const old = '* afterglow [ResourceLoader|package|default]|afterglow.js\n* x|x.css';
	const lines = define( old ).split( '\n' );
	assert.match( lines[ 0 ], /^\* afterglow \[ResourceLoader\|package\|default\]\|afterglow\.js\|afterglow\/embed\.js/ );
	assert.equal( lines[ 1 ], '* x|x.css' );
	assert.equal( define( define( old ) ), define( old ) );
	const site = await wiki( new Map() );
	try {
		assert.ok( await install( site.address, { env: TOKEN, dryRun: true } ) > 10 );
		assert.deepEqual( site.edits, [] );
	} finally {
		site.close();
	}
} );

test( 'a wrong password, none, and a dead token are said', async () => {
	const { install } = await import( '../install.mjs' );
	const site = await wiki( new Map() );
	try {
		await assert.rejects( install( site.address, { env: { AFTERGLOW_WIKI_USER: 'A@b', AFTERGLOW_WIKI_PASSWORD: 'x' } } ), /refuses the login: Incorrect/ );
		await assert.rejects( install( site.address, { env: {} } ), /set AFTERGLOW_WIKI_TOKEN/ );
		await assert.rejects( install( site.address, { env: { AFTERGLOW_WIKI_TOKEN: 'old' } } ), /assertuserfailed/ );
		assert.deepEqual( site.edits, [] );
	} finally {
		site.close();
	}
} );
