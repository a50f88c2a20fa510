'use strict';

const languages = require( './config.json' ).languages;

// A language's words are a page of the wiki, so that nobody downloads seven
// languages to read one, nor any on a page without a chart. A wiki adds a
// language by such a page and its code in config.json.
let texts = {};
let learning;
const words = module.exports = {
	/** The language that the words are in; a code of MediaWiki. */
	language: 'en'
};

/**
 * Learn the first language of a list whose page can be had.
 *
 * @param {string[]} codes
 * @return {Promise}
 */
function learn( codes ) {
	const code = codes.shift();
	return fetch( mw.util.getUrl(
		'MediaWiki:Gadget-afterglow/i18n/' + code + '.json',
		{ action: 'raw', maxage: 86400, smaxage: 86400 }
	) ).then( ( response ) => response.json() ).then( ( json ) => {
		texts = Object.assign( Object.create( null ), json );
		words.language = code;
	} ).catch( () => codes.length && learn( codes ) );
}

/**
 * Make text in the reader's language. What is put into it is isolated, so that
 * a host's name does not turn a sentence in Arabic around.
 *
 * @param {string} key Anything else comes back as it is
 * @param {...string} args For $1, $2, …
 * @return {string} Plain text
 */
words.msg = ( key, ...args ) => mw.format(
	texts[ key ] || key, ...args.map( ( arg ) => '\u2068' + arg + '\u2069' )
);

/**
 * Learn the reader's language, or the next one of MediaWiki's chain of
 * fallbacks, which ends with English and is asked for only if needed.
 *
 * @return {Promise} Never rejected
 */
words.ready = () => {
	const user = mw.config.get( 'wgUserLanguage' );
	const known = ( code ) => languages.includes( code );
	learning = learning || Promise.resolve( known( user ) ? [ user, 'en' ] :
		mw.loader.using( 'mediawiki.language' ).then( () => mw.language.getFallbackLanguageChain() )
	).then( ( chain ) => learn( chain.filter( known ) ) ).catch( () => {} );
	return learning;
};
