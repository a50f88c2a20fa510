/*
 * Puts the gadget and its template on a wiki through the Action API. What is
 * there already and the same stays untouched, so it is also how to update.
 *
 *   node gadget/install.mjs https://wiki.example.org/w/api.php \
 *       [--host https://charts.example.org] [--dry-run]
 *
 * The account needs the rights to edit the site's scripts and styles (interface
 * administrator). AFTERGLOW_WIKI_TOKEN is an owner-only OAuth 2 token, or else
 * AFTERGLOW_WIKI_USER and AFTERGLOW_WIKI_PASSWORD are those of a bot password.
 */
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = import.meta.dirname;
const read = ( file ) => fs.readFileSync( path.join( root, file ), 'utf8' );
const definitions = () => read( 'gadget.txt' ).split( '\n' ).filter( ( line ) => line.startsWith( '* ' ) );

/**
 * The pages of the gadget.
 *
 * @param {string} [host] The chart service's origin, instead of config.json's
 * @return {Map} Titles and texts
 */
export function pages( host ) {
	const files = definitions().flatMap( ( line ) => line.slice( line.indexOf( ']' ) + 1 ).split( '|' ).filter( Boolean ) );
	const config = JSON.parse( read( 'afterglow/config.json' ) );
	const all = new Map();
	for ( const file of [ ...files, ...config.languages.map( ( code ) => `afterglow/i18n/${ code }.json` ) ] ) {
		all.set( 'MediaWiki:Gadget-' + file, read( file ) );
	}
	if ( host ) {
		all.set( 'MediaWiki:Gadget-afterglow/config.json', JSON.stringify( { ...config, host }, null, '\t' ) + '\n' );
	}
	// The documentation first: the wiki reads TemplateData when the template is saved.
	all.set( 'Template:Campaign retention/doc', read( 'template/Campaign retention.doc.wikitext' ) );
	all.set( 'Template:Campaign retention', read( 'template/Campaign retention.wikitext' ) );
	return all;
}

/**
 * Put the gadget's lines into MediaWiki:Gadgets-definition. A line that is there
 * keeps its place and what the wiki chose for it, such as "default".
 *
 * @param {string} text
 * @return {string}
 */
export function define( text ) {
	const lines = text.split( '\n' );
	for ( const line of definitions() ) {
		const name = /^\* ([\w-]+)/.exec( line )[ 1 ];
		const at = lines.findIndex( ( other ) => new RegExp( '^\\*+ *' + name + ' *\\[' ).test( other ) );
		if ( at < 0 ) {
			lines.push( line );
		} else {
			lines[ at ] = lines[ at ].slice( 0, lines[ at ].indexOf( ']' ) ) + line.slice( line.indexOf( ']' ) );
		}
	}
	return lines.join( '\n' ).replace( /^\n+/, '' );
}

/**
 * A wiki's Action API, logged in.
 *
 * @param {string} address Of api.php
 * @param {Object} env Secrets
 * @return {Promise<Function>} Takes parameters of a POST, returns the answer
 */
async function login( address, env ) {
	const cookies = new Map();
	const call = async ( params ) => {
		const response = await fetch( address, {
			method: 'POST',
			body: new URLSearchParams( { format: 'json', formatversion: 2, ...params } ),
			headers: {
				'User-Agent': 'afterglow-gadget-install',
				Cookie: Array.from( cookies, ( pair ) => pair.join( '=' ) ).join( '; ' ),
				...env.AFTERGLOW_WIKI_TOKEN && { Authorization: 'Bearer ' + env.AFTERGLOW_WIKI_TOKEN }
			}
		} );
		for ( const cookie of response.headers.getSetCookie() ) {
			const [ , name, value ] = /^([^=]+)=([^;]*)/.exec( cookie );
			cookies.set( name, value );
		}
		if ( !response.ok ) {
			throw new Error( `${ address } answers ${ response.status }` );
		}
		const answer = await response.json();
		if ( answer.error ) {
			throw new Error( `${ answer.error.code }: ${ answer.error.info }` );
		}
		return answer;
	};
	if ( !env.AFTERGLOW_WIKI_TOKEN ) {
		if ( !env.AFTERGLOW_WIKI_USER || !env.AFTERGLOW_WIKI_PASSWORD ) {
			throw new Error( 'set AFTERGLOW_WIKI_TOKEN, or AFTERGLOW_WIKI_USER and AFTERGLOW_WIKI_PASSWORD' );
		}
		const { query } = await call( { action: 'query', meta: 'tokens', type: 'login' } );
		const { login: result } = await call( {
			action: 'login', lgname: env.AFTERGLOW_WIKI_USER, lgpassword: env.AFTERGLOW_WIKI_PASSWORD, lgtoken: query.tokens.logintoken
		} );
		if ( result.result !== 'Success' ) {
			throw new Error( 'the wiki refuses the login: ' + ( result.reason || result.result ) );
		}
	}
	return call;
}

// MediaWiki trims pages and lays out JSON in its own way.
const plain = ( title, text ) => title.endsWith( '.json' ) ? JSON.stringify( JSON.parse( text ) ) : text.trim();

/**
 * Install or update the gadget.
 *
 * @param {string} address Of api.php
 * @param {Object} o host, dryRun, env, say: called with a line of progress
 * @return {Promise<number>} How many pages were (or would be) saved
 */
export async function install( address, o ) {
	const { host, dryRun, env = {}, say = () => {} } = o;
	const call = await login( address, env );
	const token = ( await call( { action: 'query', meta: 'tokens', assert: 'user' } ) ).query.tokens.csrftoken;
	// The definition comes last, when all that it names is there.
	const wanted = [ ...pages( host ), [ 'MediaWiki:Gadget-afterglow', null ], [ 'MediaWiki:Gadgets-definition', define ] ];
	let saved = 0;
	for ( const [ title, want ] of wanted ) {
		const { query } = await call( { action: 'query', prop: 'revisions', rvprop: 'content|ids', rvslots: 'main', titles: title, assert: 'user' } );
		const revision = ( query.pages[ 0 ].revisions || [] )[ 0 ];
		const before = revision ? revision.slots.main.content : '';
		// The wiki's own description of the gadget is left alone.
		const text = want === null ? before || '[https://afterglow.toolforge.org Afterglow]: charts of who stayed after a campaign' :
			typeof want === 'function' ? want( before ) : want;
		if ( revision && plain( title, text ) === plain( title, before ) ) {
			continue;
		}
		saved++;
		say( `${ dryRun ? 'would save' : 'saving' } ${ title }` );
		if ( !dryRun ) {
			await call( {
				action: 'edit', title, text, token, assert: 'user', summary: 'Install the gadget Afterglow', watchlist: 'nochange',
				...revision ? { baserevid: revision.revid, nocreate: 1 } : { createonly: 1 }
			} );
		}
	}
	return saved;
}

if ( import.meta.url === pathToFileURL( process.argv[ 1 ] || '' ).href ) {
	const [ address, ...rest ] = process.argv.slice( 2 );
	const at = rest.indexOf( '--host' );
	const say = ( line ) => process.stdout.write( line + '\n' );
	if ( !address || !/^https?:\/\//.test( address ) ) {
		process.stderr.write( 'usage: node install.mjs https://wiki.example.org/w/api.php [--host https://charts.example.org] [--dry-run]\n' );
		process.exitCode = 2;
	} else {
		install( address, { host: at < 0 ? '' : rest[ at + 1 ], dryRun: rest.includes( '--dry-run' ), env: process.env, say } ).then(
			( saved ) => say( saved ? `done: ${ saved } pages` : 'nothing to do: the wiki has all of it' ),
			( e ) => {
				process.stderr.write( `install: ${ e.message }\n` );
				process.exitCode = 1;
			}
		);
	}
}
