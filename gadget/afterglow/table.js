'use strict';

const msg = require( './words.js' ).msg;

const BINS = [ '0', '1–4', '5–99', '100+' ];

// The columns in their order. Each stands where a figure has the field; the
// field's name is its message. 0 to 3 are the shares of intensity.
const COLUMNS = [
	'group', 'phase', 'month', 'week', 'at_risk', 'retained', 'active',
	'new', 'continuing', 'returning', 'lapsed', 'events', 'censored',
	'0', '1', '2', '3', 'survival', 'rate', 'value', 'low', 'status'
];
const format = ( value, options ) => Number.isFinite( value ) ?
	// html lang is a language that browsers know; MediaWiki's codes need not be.
	// Browsers do not agree on the digits of Arabic: those of the chart.
	value.toLocaleString( ( document.documentElement.lang || 'en' ).replace( /^ar$/, 'ar-u-nu-arab' ), options ) : '–';
const share = ( value ) => format( value, { style: 'percent', maximumFractionDigits: 1 } );

function cell( point, column ) {
	const value = point[ column ];
	if ( typeof value === 'string' ) {
		// Groups, phases and statuses are messages. A row's name is not, and stays as it is.
		return value === 'final' ? '' : msg( value.slice( 0, 300 ) ) +
			( column === 'phase' && point.number ? ' ' + format( Math.abs( point.number ) ) : '' );
	}
	return ( /^(\d|survival|rate|value|low)$/.test( column ) ? share : format )( value ) +
		( column === 'low' && value !== null ? ' – ' + share( point.high ) : '' );
}

/**
 * Make a table of a chart's figures.
 *
 * @param {string} text JSON of the service
 * @param {string} caption
 * @return {HTMLElement} Throws an error where the text is something else
 */
module.exports = ( text, caption ) => {
	const json = JSON.parse( text );
	const points = [];
	if ( !Array.isArray( json.points ) ) {
		throw new TypeError();
	}
	[ json ].concat(
		json.groups || [], json.total || [], { group: 'value', points: json.differences }
	).forEach( ( part ) => {
		( part.points || [] ).forEach( ( point ) => {
			const group = point.group || point.row || part.group || 'all';
			points.push( Object.assign( {}, point, { group }, point.shares ) );
		} );
	} );
	const columns = COLUMNS.filter( ( column ) => points.some( ( point ) => column === 'group' ?
		point.group !== points[ 0 ].group : column in point ) );
	const table = document.createElement( 'table' );
	const add = ( tag, content ) => {
		const row = table.insertRow();
		columns.forEach( ( column ) => {
			row.append( document.createElement( tag ) );
			row.lastChild.textContent = content( column );
		} );
	};
	table.className = 'wikitable';
	table.createCaption().textContent = caption;
	add( 'th', ( column ) => BINS[ column ] || msg( column ) );
	// No figure has so many rows; a page with more would stand still.
	points.slice( 0, 2000 ).forEach( ( point ) => {
		add( 'td', ( column ) => cell( point, column ) );
	} );
	return table;
};
