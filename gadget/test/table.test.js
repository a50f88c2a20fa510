'use strict';

const assert = require( 'node:assert/strict' );
const { test } = require( 'node:test' );
const { answer, document, open, sample } = require( './gadget.js' );

const charts = [ 'retention', 'marks', 'survival', 'cohorts', 'intensity', 'activity', 'lifecycle', 'baseline' ];

/**
 * Open a chart as a table.
 *
 * @param {string} chart
 * @param {string} json
 * @param {Object} [o]
 * @return {Promise<Object>} page; rows: text of the cells
 */
async function table( chart, json, o = {} ) {
	const page = await open( Object.assign( {
		html: `<div class="afterglow" data-event="12" data-chart="${ chart }"></div>`,
		serve: {
			[ `/v1/campaigns/metawiki-12/${ chart }.svg` ]: answer( sample( 'retention.svg' ) ),
			[ `/v1/campaigns/metawiki-12/${ chart }.json` ]: answer( json, 'application/json' )
		}
	}, o ) );
	const load = page.figure.querySelector( 'button' );
	load.click();
	await page.scroll();
	page.figure.querySelector( '.afterglow-bar button' ).click();
	await page.settle();
	return { page, rows: Array.from( page.figure.querySelectorAll( 'tr' ), ( row ) => Array.from( row.cells, ( c ) => c.textContent ) ) };
}

const HEADS = {
	retention: 'Group Month At risk Retained Rate 95% interval Status',
	marks: 'Group Month At risk Retained Rate 95% interval Status',
	survival: 'Week At risk Left Not known further Still here 95% interval',
	cohorts: 'Group Month At risk Retained Rate 95% interval Status',
	intensity: 'Month At risk 0 1–4 5–99 100+ Status',
	activity: '30 days At risk Active Rate 95% interval Status',
	lifecycle: '30 days At risk New Continuing Returning Lapsed Status',
	baseline: 'Group Month At risk Retained Rate Difference 95% interval Status'
};
for ( const chart of charts ) {
	test( 'the figures of a chart as a table: ' + chart, async () => {
		const json = JSON.parse( sample( chart + '.json' ) );
		const { page, rows } = await table( chart, JSON.stringify( json ) );
		assert.equal( page.state, 'table' );
		assert.equal( rows[ 0 ].join( ' ' ), HEADS[ chart ] );
		const count = ( list ) => ( list || [] ).length;
		assert.equal( rows.length - 1, count( json.points ) + count( json.differences ) + count( json.total && json.total.points ) +
			( json.groups || [] ).reduce( ( n, group ) => n + count( group.points ), 0 ) );
		for ( const cell of rows.slice( 1 ).flat() ) {
			assert.match( cell, /^(|–|-?[\d.,]+%?|-?[\d.]+% – -?[\d.]+%|[A-Za-z ]+( \d+)?|\d{4}-\d\d)$/ );
		}
	} );
}

test( 'each figure stands in its place', async () => {
	const { rows } = await table( 'marks', JSON.stringify( { points: [
		{ group: 'newcomers', month: 3, at_risk: 1000, retained: 274, rate: 0.2743, low: 0.2005, high: 0.363, status: 'provisional' },
		{ group: 'experienced', month: 12, at_risk: 0, retained: null, rate: null, low: null, high: null, status: 'open' }
	] } ) );
	assert.deepEqual( rows.slice( 1 ), [
		[ 'Newcomers', '3', '1,000', '274', '27.4%', '20.1% – 36.3%', 'may still change' ],
		[ 'Experienced', '12', '0', '–', '–', '–', 'not over yet' ]
	] );
} );

test( 'numbers and words are the reader’s', async () => {
	const { rows } = await table( 'marks', sample( 'marks.json' ), { lang: 'de', config: { wgUserLanguage: 'de' } } );
	assert.deepEqual( rows[ 0 ], [ 'Gruppe', 'Monat', 'Beobachtbar', 'Geblieben', 'Anteil', '95-%-Intervall', 'Status' ] );
	assert.match( rows[ 1 ][ 4 ], /^\d+,\d\s%$/ );
} );

const HOSTILE = {
	'markup in a name': { points: [ { row: '<img src=x onerror=owned()>', month: 1 }, { row: 'b', month: 2 } ] },
	'markup for a number': { points: [ { month: '<script>owned()</script>', rate: '<b>', at_risk: { toString: 1 }, status: '<i>' } ] },
	'no numbers': { points: [ { month: null, rate: 'NaN', low: [], high: {}, at_risk: 'x', shares: 'abc' } ] },
	'names of the prototype': JSON.parse( '{"points":[{"__proto__":{"month":1},"constructor":1,"month":2}]}' ),
	'very many rows': { points: Array.from( { length: 1e4 }, ( x, i ) => ( { month: i } ) ) },
	'names of everything': { points: [ { row: 'constructor', month: 1 }, { row: '__proto__', month: 2 }, { row: '$1 toString', month: 3 } ] },
	'a very long name': { points: [ { row: 'x'.repeat( 1e5 ), month: 1 }, { row: 'y', month: 1 } ] }
};
for ( const name of Object.keys( HOSTILE ) ) {
	test( 'hostile JSON gets nowhere: ' + name, async () => {
		const { page, rows } = await table( 'marks', JSON.stringify( HOSTILE[ name ] ) );
		assert.equal( page.state, 'table' );
		assert.ok( rows.length <= 2001 );
		assert.ok( rows.flat().every( ( cell ) => cell.length <= 300 ) );
		assert.deepEqual( Array.from( page.figure.querySelectorAll( 'table *' ), ( e ) => e.localName ).filter( ( n ) => !/^(caption|tbody|tr|th|td)$/.test( n ) ), [] );
		assert.equal( document.querySelector( 'img, script, b' ), null );
		assert.equal( {}.month, undefined );
	} );
}

for ( const body of [ '', 'null', '[]', '42', '"x"', '{"points":7}', '{"points":[null]}', '{"points":{"length":1e9}}', '{"points":[{}],"groups":[null]}', '{"points":[{}],"total":7,"groups":{"0":1}}x', '<svg/>', '{"a":' ] ) {
	test( 'what holds no figures is a sentence: ' + body, async () => {
		const { page } = await table( 'marks', body );
		assert.equal( page.state, 'error' );
		assert.match( page.said, /sent something that is not a chart/ );
		assert.ok( page.button( 'Try again' ) );
	} );
}
