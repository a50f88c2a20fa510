'use strict';

const assert = require( 'node:assert/strict' );
const { test } = require( 'node:test' );
const { HOST, answer, document, open, sample, text } = require( './gadget.js' );

const parse = async ( html ) => {
	const page = await open( {} );
	document.body.innerHTML = html;
	return page.get( './afterglow/embed.js' ).parse( document.body.firstChild );
};
const div = ( attributes ) => '<div class="afterglow" ' + attributes + '></div>';
const svg = answer( sample( 'retention.svg' ) );

test( 'attributes say what to draw; the others are the figure’s parameters', async () => {
	const embed = await parse( div( 'data-event="12" data-chart="survival" data-wiki="enwiki" data-width="480" data-height="300" data-title="1" ' +
		'data-group="first-time" data-wikis="enwiki,dewiki|commonswiki" data-namespaces="0,14" data-later-campaigns="exclude" data-newcomer-days="0"' ) );
	assert.equal( embed.wrong, undefined );
	assert.deepEqual( embed.own, { chart: 'survival', title: '1', event: '12', wiki: 'enwiki', width: '480', height: '300' } );
	assert.deepEqual( embed.params, {
		group: 'first-time', wikis: 'enwiki,dewiki|commonswiki', namespaces: '0,14', later_campaigns: 'exclude', newcomer_days: '0'
	} );
} );

test( 'empty attributes, as templates make them, and MediaWiki’s own are not given', async () => {
	const embed = await parse( div( 'data-event="12" data-chart="" data-group=" " data-mw-comment="{&quot;x&quot;:1}" data-parsoid="{}" id="x" style="color:red"' ) );
	assert.equal( embed.wrong, undefined );
	assert.deepEqual( embed.own, { chart: 'retention', title: '0', event: '12' } );
	assert.deepEqual( embed.params, {} );
} );

for ( const wrong of [
	'data-chart="pie"', 'data-chart="../x"', 'data-event="0"', 'data-event="12x"', 'data-event="-1"', 'data-event="99999999999999999"',
	'data-wiki="a/b"', 'data-wiki="enwiki?x"', 'data-campaign="../../login"', 'data-campaign="a%2fb"', 'data-title="2"', 'data-width="100%"', 'data-height="1e9"',
	'data-months="1&amp;uselang=x"', 'data-wikis="a b"', 'data-wikis="enwiki,"', 'data-group="&lt;script&gt;"', 'data-x.y="1"',
	'data-constructor="{}"', 'data-__proto__=":"', 'data-group="' + 'a,'.repeat( 60 ) + 'a"'
] ) {
	test( 'an attribute that is not allowed is named, and nothing is asked: ' + wrong.slice( 0, 40 ), async () => {
		const page = await open( { html: div( wrong ) } );
		assert.equal( page.state, 'error' );
		assert.match( page.said, /^This chart cannot be shown: data-/ );
		assert.equal( page.asked.length, 0 );
		assert.equal( page.figure.querySelector( 'script' ), null );
	} );
}

const ASKED = {
	'a number of an event': [ div( 'data-event="7"' ), {}, 'metawiki-7' ],
	'another wiki’s event': [ div( 'data-event="7" data-wiki="enwiki"' ), {}, 'enwiki-7' ],
	'a campaign’s id': [ div( 'data-campaign="list-wlm-2024" data-event="7"' ), {}, 'list-wlm-2024' ],
	'an event page': [ div( '' ), { wgCampaignEventsEventID: 101 }, 'metawiki-101' ],
	'a number on another event’s page': [ div( 'data-event="7"' ), { wgCampaignEventsEventID: 101 }, 'metawiki-7' ]
};
for ( const name of Object.keys( ASKED ) ) {
	test( 'the campaign is known from ' + name, async () => {
		const [ html, config, id ] = ASKED[ name ];
		const path = '/v1/campaigns/' + id + '/retention.svg';
		const page = await open( { html, config, serve: { [ path ]: svg } } );
		await page.agree();
		assert.equal( page.state, 'chart' );
		assert.equal( page.asked[ 0 ].url.origin + page.asked[ 0 ].url.pathname, HOST + path );
	} );
}

// As MediaWiki 1.43 with CampaignEvents writes it into an event page's head.
const event = answer( '<html><head><script>RLCONF={"wgBreakFrames":true,"wgCampaignEventsEventID":101,"wgCampaignEventsAnswersAlreadyAggregated":false};</script></head><body></body></html>', 'text/html' );
const plain = answer( '<html><head></head><body>"wgCampaignEventsEventID":666</body></html>', 'text/html' );

test( 'a sub-page asks its parents, the nearest first, once for all charts', async () => {
	const page = await open( {
		html: div( '' ) + div( 'data-chart="marks"' ),
		config: { wgPageName: 'Event:Wiki_Loves_Libraries/Results/2025' },
		serve: {
			'/wiki/Event:Wiki_Loves_Libraries/Results': plain, '/wiki/Event:Wiki_Loves_Libraries': event,
			'/v1/campaigns/metawiki-101/retention.svg': svg, '/v1/campaigns/metawiki-101/marks.svg': svg
		}
	} );
	assert.equal( page.requests.filter( ( r ) => r.url.pathname.startsWith( '/wiki/' ) ).length, 0 );
	await page.agree();
	assert.deepEqual( page.figures().map( ( f ) => f.dataset.mwAfterglow ), [ 'chart', 'chart' ] );
	assert.deepEqual( page.requests.filter( ( r ) => r.url.pathname.startsWith( '/wiki/' ) ).map( ( r ) => r.url.pathname ),
		[ '/wiki/Event:Wiki_Loves_Libraries/Results', '/wiki/Event:Wiki_Loves_Libraries' ] );
	assert.equal( page.asked.length, 2 );
} );

test( 'what a page quotes in its text is no event; a page of none says so', async () => {
	for ( const [ wgPageName, serve ] of [
		[ 'User:Bea', {} ], [ 'User:Bea/Draft', { '/wiki/User:Bea': plain } ], [ 'User:Bea/Draft', {} ], [ 'A/B/C/D/E/F', { '/wiki/A/B/C/D/E': plain, '/wiki/A/B/C/D': plain, '/wiki/A/B/C': plain } ]
	] ) {
		const page = await open( { html: div( '' ), config: { wgPageName }, serve } );
		await page.agree();
		assert.equal( page.state, 'error' );
		assert.match( page.said, /names no event, and the page belongs to none/ );
		assert.equal( page.asked.length, 0 );
		assert.ok( page.requests.filter( ( r ) => r.url.pathname.startsWith( '/wiki/' ) ).length <= 3 );
	}
} );

test( 'docs/gadget.md describes every attribute', () => {
	const docs = text( '../docs/gadget.md' );
	const own = /const OWN = [^]*?\n\}/.exec( text( 'afterglow/embed.js' ) )[ 0 ].match( /^\t\w+(?=:)/gm ).map( ( name ) => name.trim() );
	assert.ok( own.length > 5 );
	const service = [ 'population', 'anchor', 'mode', 'threshold', 'months', 'group', 'wikis', 'namespaces', 'reverted', 'later-campaigns', 'newcomer-days', 'gap', 'preset' ];
	for ( const name of own.concat( service ) ) {
		assert.ok( docs.includes( '`data-' + name + '`' ), name );
	}
} );
