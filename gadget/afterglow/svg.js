'use strict';

// A chart comes over the network, so it is not trusted. It is parsed as a
// document of its own, where nothing runs or loads, and built anew from the
// elements, attributes and values below. Everything else stays behind.
const SVG = 'http://www.w3.org/2000/svg';

const LOOKS = '(fill|stroke|color|opacity|(fill|stroke)-opacity|stroke-(width|dasharray|line(join|cap))|' +
	'font-(size|weight|family)|text-anchor)';
// A colour, a word, a length or a list of numbers: nothing that could load.
const LOOK = '(#[\\da-f]{3,8}|none|currentColor|round|start|middle|end|system-ui,sans-serif|' +
	'[\\d.]{1,8}(px)?( [\\d.]{1,8}){0,9})';
const ATTRIBUTES = [
	[ /^([xy][12]?|c[xy]|r[xy]?|width|height)$/, /^-?[\d.]{1,12}$/ ],
	[ /^(d|viewBox)$/, /^[a-z\d\s,.-]*$/i ],
	[ /^transform$/, /^rotate\([-\d. ,]{1,60}\)$/ ],
	[ /^(lang|direction)$/, /^[\w-]{1,20}$/ ],
	[ new RegExp( '^' + LOOKS + '$' ), new RegExp( '^' + LOOK + '$' ) ]
];
const RULE = new RegExp( '(\\.\\w+ ?){1,3}\\{(' + LOOKS + ':' + LOOK + ';?)*\\}', 'g' );
const DARK = '@media screen and (prefers-color-scheme:dark)';

/**
 * Rewrite a chart's style sheet, which has rules such as `.root .a .b{fill:#fff}`
 * and some for dark screens. Classes get a prefix, so that a chart can neither
 * use the wiki's styles nor change them. What is for browsers that prefer dark is
 * bound to the skin's theme: switching it needs no script, and paper stays light.
 *
 * @param {string} css
 * @return {string} Only rules that are wholly made of the looks above
 */
function restyle( css ) {
	// Dots of classes stand before the brace, those of numbers behind it.
	const rules = ( text, prefix ) => ( text.split( '@' )[ 0 ].match( RULE ) || [] ).map(
		( rule ) => prefix + rule.replace( /\.(?=[\w .]*\{)/g, '.ag-' )
	).join( '' );
	const parts = css.split( DARK + '{' );
	const dark = ( media, theme ) => media + '{' + rules( parts[ 1 ] || '', '.skin-theme-clientpref-' + theme + ' ' ) + '}';
	return rules( parts[ 0 ], '' ) + dark( '@media screen', 'night' ) + dark( DARK, 'os' );
}

/**
 * Build a chart from text that claims to be one.
 *
 * @param {string} text
 * @return {Object|null} svg; style: its style sheet; label: its title and description;
 *  tips: a Map of marks to their titles. Null if it is no chart.
 */
module.exports = ( text ) => {
	const root = new DOMParser().parseFromString( text, 'image/svg+xml' ).documentElement;
	const chart = { style: document.createElement( 'style' ), label: '', tips: new Map() };
	let count = 0;
	let css = '';

	const copy = ( from, depth ) => {
		const to = document.createElementNS( SVG, from.localName );
		for ( const attribute of from.attributes ) {
			const value = attribute.value;
			if ( attribute.name === 'class' ) {
				to.setAttribute( 'class', value.replace( /[^\w ]/g, '' ).replace( /\w+/g, 'ag-$&' ) );
			} else if ( ATTRIBUTES.some(
				( rule ) => rule[ 0 ].test( attribute.name ) && rule[ 1 ].test( value )
			) ) {
				to.setAttribute( attribute.name, value );
			}
		}
		for ( const child of from.childNodes ) {
			// Limits that no chart of ours comes near: 5000 elements, 8 deep, 1000 characters.
			const words = child.textContent.slice( 0, 1000 );
			if ( child.nodeType === 3 && to.localName === 'text' ) {
				to.append( words );
			} else if ( child.namespaceURI !== SVG || ++count > 5000 ) {
				continue;
			} else if ( /^(g|path|rect|circle|line|text)$/.test( child.localName ) && depth < 8 ) {
				to.append( copy( child, depth + 1 ) );
			} else if ( child.localName === 'style' && !depth ) {
				css += child.textContent;
			} else if ( /^(title|desc)$/.test( child.localName ) && !depth ) {
				chart.label += ( chart.label && '. ' ) + words;
			} else if ( child.localName === 'title' && to.localName !== 'g' ) {
				chart.tips.set( to, words );
			}
		}
		return to;
	};

	if ( /<!DOCTYPE/i.test( text ) || root.localName !== 'svg' || root.namespaceURI !== SVG ) {
		return null;
	}
	const svg = chart.svg = copy( root, 0 );
	svg.removeAttribute( 'width' ); // the slot says how large a chart is
	svg.removeAttribute( 'height' );
	svg.setAttribute( 'direction', svg.getAttribute( 'direction' ) || 'ltr' );
	svg.setAttribute( 'role', 'img' );
	svg.setAttribute( 'aria-label', chart.label );
	chart.style.textContent = restyle( css );
	// A document that could not be parsed has an element that says so, and no more.
	return svg.hasAttribute( 'viewBox' ) && svg.firstChild && !root.querySelector( 'parsererror' ) ? chart : null;
};
