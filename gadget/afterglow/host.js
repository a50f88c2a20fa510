'use strict';

// Consent is to an origin: another host has to ask again.
const KEY = 'userjs-afterglow-consent';
// Temporary accounts cannot keep options; to them the browser is the memory.
const named = mw.user.isNamed();

// config.json's, or that of a site's script that runs before; a page has no say.
const wanted = mw.config.get( 'wgAfterglowHost' ) || require( './config.json' ).host;
const origin = /^(https:\/\/[a-z\d.-]+|http:\/\/(localhost|127(\.\d+){3}|\[::1\]))(:\d+)?$/.test( wanted ) ? wanted : '';

/**
 * Read a body as text, and no more of it than a chart can have.
 *
 * @param {Response} response
 * @return {Promise<string>} Rejected with a RangeError when it is too long
 */
function read( response ) {
	const reader = response.body.getReader();
	const decoder = new TextDecoder();
	let text = '';
	let size = 0;
	const next = ( chunk ) => {
		if ( chunk.done ) {
			return text;
		}
		size += chunk.value.length;
		// Charts have 3 to 20 KB; what is much larger is none.
		if ( size > 1e6 ) {
			reader.cancel();
			throw new RangeError();
		}
		text += decoder.decode( chunk.value, { stream: true } );
		return reader.read().then( next );
	};
	return reader.read().then( next );
}

module.exports = {
	/** The service's origin: https, or http on loopback; '' if the wiki has no valid one. */
	origin,

	/** The host's name, for readers. */
	name: origin.replace( /.*\//, '' ),

	/**
	 * @return {boolean} Whether the reader agreed to load charts from the host
	 */
	allowed: () => ( named ? mw.user.options.get( KEY ) : mw.storage.get( KEY ) ) === origin,

	/**
	 * Remember what the reader chose: in their preferences, or else in the browser.
	 *
	 * @param {boolean} yes
	 */
	allow( yes ) {
		const value = yes ? origin : null;
		if ( named ) {
			mw.user.options.set( KEY, value );
			mw.loader.using( 'mediawiki.api' ).then( () => new mw.Api().saveOption( KEY, value ) );
		} else {
			mw.storage.set( KEY, value || '', 15724800 ); // half a year
		}
	},

	/**
	 * Ask the service: without cookies and without saying which page the reader is
	 * on. An answer that a redirect brought from another host is not used.
	 *
	 * @param {string} path Path and query
	 * @return {Promise<Object>} status (0: no answer), type, text, and fresh: not to
	 *  be kept, it will soon be another. Never rejected.
	 */
	get( path ) {
		const controller = new AbortController();
		const timer = setTimeout( () => controller.abort(), 20000 );
		return fetch( origin + path, {
			credentials: 'omit',
			referrerPolicy: 'no-referrer',
			signal: controller.signal
		} ).then( ( response ) => response.url.startsWith( origin + '/' ) ? read( response ).then( ( text ) => ( {
			status: response.status,
			type: response.headers.get( 'Content-Type' ),
			fresh: response.headers.get( 'Cache-Control' ) === 'no-store',
			text
		} ) ) : {} ).catch( ( e ) => ( {
			status: e instanceof RangeError ? 200 : 0
		} ) ).then( ( answer ) => {
			clearTimeout( timer );
			return answer;
		} );
	},

	read
};
