'use strict';

const host = require( './host.js' );

// The attributes that say what to draw. All others that begin with "data-" are
// parameters of the figure, with one word, number or list as their value; the
// service knows them, and says what is allowed where one is not.
const OWN = Object.assign( Object.create( null ), {
	chart: /^(retention|marks|survival|cohorts|intensity|activity|lifecycle|baseline)$/,
	event: /^[1-9]\d{0,15}$/,
	wiki: /^[\w-]{1,64}$/,
	campaign: /^[a-z][\w-]{0,99}$/,
	title: /^[01]$/,
	width: /^\d{3,4}$/,
	height: /^\d{3,4}$/
} );
const VALUE = /^[\w-]+([,|][\w-]+){0,49}$/;

let ofPage;

/**
 * The number of the event that a wiki page says it is. MediaWiki's API does not
 * tell it. Only the page's head is read: what follows may quote anything.
 *
 * @param {string[]} parts Of the title of a sub-page
 * @param {number} levels How far to climb
 * @return {Promise<string|undefined>}
 */
function ofParent( parts, levels ) {
	if ( parts.length < 2 || !levels ) {
		return Promise.resolve();
	}
	parts.pop();
	return fetch( mw.util.getUrl( parts.join( '/' ) ) ).then( host.read ).then( ( html ) => {
		const match = /"wgCampaignEventsEventID":([1-9]\d{0,15})\b/.exec( html.split( '</head>' )[ 0 ] );
		return match ? match[ 1 ] : ofParent( parts, levels - 1 );
	} );
}

module.exports = {
	/**
	 * Read what an element asks for.
	 *
	 * @param {HTMLElement} element
	 * @return {Object} own: what to draw; params: what the figure is, as the service
	 *  names it; wrong: name and value of an attribute that is not allowed
	 */
	parse( element ) {
		const embed = { own: { chart: 'retention', title: '0' }, params: {} };
		for ( const attribute of element.attributes ) {
			const name = attribute.name.slice( 5 ).replace( /-/g, '_' );
			const value = attribute.value.trim();
			const own = name in OWN;
			// Empty is what templates pass on when nobody gave a value; data-mw… is MediaWiki's.
			if ( value && /^data-(?!mw|parsoid|ve-)/.test( attribute.name ) ) {
				( own ? embed.own : embed.params )[ name ] = value;
				if ( !VALUE.test( name ) || !( own ? OWN[ name ] : VALUE ).test( value ) ) {
					embed.wrong = [ attribute.name, value.slice( 0, 80 ) ];
				}
			}
		}
		return embed;
	},

	/**
	 * Find the campaign: the one that the element names, or else the page's: it is
	 * an event page, or a sub-page of one (asked of the wiki once for all charts).
	 *
	 * @param {Object} own Of parse()
	 * @return {Promise<string>} Its address in the service's API; '' if there is none
	 */
	campaign( own ) {
		const wiki = own.wiki || mw.config.get( 'wgWikiID' );
		let event = own.event || mw.config.get( 'wgCampaignEventsEventID' );
		if ( !event && !own.campaign ) {
			// Event:Name/Results/2025 is two steps from its event page.
			event = ofPage = ofPage || ofParent( mw.config.get( 'wgPageName' ).split( '/' ), 3 ).catch( () => {} );
		}
		return Promise.resolve( event ).then( ( id ) => {
			const name = own.campaign || id && wiki + '-' + id;
			return name ? '/v1/campaigns/' + encodeURIComponent( name ) + '/' + own.chart + '.' : '';
		} );
	},

	/**
	 * @param {...Object} params
	 * @return {string} A query string: '' or '?…'
	 */
	query( ...params ) {
		const text = new URLSearchParams( Object.assign( {}, ...params ) ).toString();
		return text && '?' + text;
	}
};
