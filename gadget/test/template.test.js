'use strict';

const assert = require( 'node:assert/strict' );
const { test } = require( 'node:test' );
const { open, text } = require( './gadget.js' );

const wikitext = text( 'template/Campaign retention.wikitext' );
const data = JSON.parse( /<templatedata>([^]*)<\/templatedata>/.exec( text( 'template/Campaign retention.doc.wikitext' ) )[ 1 ] );

/**
 * Expand the template as MediaWiki does: its parameters, and #if.
 *
 * @param {Object} params
 * @return {string} HTML, with links and pictures still as wikitext
 */
function expand( params ) {
	let body = /<includeonly>([^]*)<\/includeonly>/.exec( wikitext )[ 1 ];
	// From the inside out, so that no braces are left within what is looked at.
	body = body.replace( /\{\{\{([\w-]+)(?:\|([^{}]*))?\}\}\}/g, ( all, name, otherwise = '‹' + name + '›' ) => name in params ? params[ name ] : otherwise );
	body = body.replace( /\{\{#chart:([^{}]*)\}\}/g, '‹chart of $1›' );
	for ( let before; before !== body; ) {
		before = body;
		body = body.replace( /\{\{#if:((?:[^{}[\]]|\[\[[^\]]*\]\])*)\}\}/g, ( all, inside ) => {
			// A link's pipes are its own.
			const [ condition, then, otherwise = '' ] = inside.split( /\|(?![^[]*\]\])/ );
			return condition.trim() ? then : otherwise;
		} );
	}
	return body;
}

test( 'TemplateData and the template have the same parameters', () => {
	const used = new Set( Array.from( wikitext.matchAll( /\{\{\{([\w-]+)/g ), ( m ) => m[ 1 ] ) );
	assert.deepEqual( Object.keys( data.params ).sort(), [ ...used ].sort() );
	assert.deepEqual( data.paramOrder, Object.keys( data.params ) );
	for ( const [ name, param ] of Object.entries( data.params ) ) {
		assert.match( param.type, /^(string|number|boolean|content|url|wiki-file-name)$/, name );
		assert.ok( param.label && param.description && param.example, name );
	}
} );

test( 'every example and suggested value is allowed by the gadget', async () => {
	const attributes = Array.from( wikitext.matchAll( /data-([\w-]+)=/g ), ( m ) => m[ 1 ] );
	for ( const name of attributes ) {
		const param = data.params[ name ];
		for ( const value of [ param.example, ...param.suggestedvalues || [] ] ) {
			const page = await open( { html: expand( Object.assign( { event: '12' }, { [ name ]: value } ) ) } );
			assert.equal( page.state, 'ask', name + '=' + value );
		}
	}
} );

test( 'without parameters it is a chart of the page’s own event, and a link', async () => {
	const html = expand( {} );
	assert.doesNotMatch( html, /[{}‹›]/ );
	const page = await open( { html } );
	assert.equal( page.state, 'ask' );
	assert.match( page.said, /^\[https:\/\/afterglow\.toolforge\.org\/ Who stayed after this campaign\]/ );
	assert.match( page.figure.parentNode.textContent, /\[\[Category:Pages with campaign retention charts\]\]$/ );
} );

test( 'readers without the gadget get what the page gives, and a link to the campaign', () => {
	const all = { event: '12', wiki: 'metawiki', image: 'A.svg', alt: 'B', caption: 'C', nocat: '1' };
	assert.match( expand( all ), /\[\[File:A\.svg\|frameless\|center\|upright=1\.8\|alt=B\]\]<div>\[https:\/\/afterglow\.toolforge\.org\/campaigns\/metawiki-12 / );
	assert.match( expand( all ), /<div class="afterglow-caption">C<\/div>$/ );
	assert.match( expand( Object.assign( { commons: 'D.chart' }, all ) ), />‹chart of D\.chart›<div>/ );
	assert.match( expand( { campaign: 'list-x' } ), /org\/campaigns\/list-x / );
} );

test( 'a size that is given is kept before any script runs', () => {
	assert.match( expand( { width: '480', height: '300' } ), /style="--afterglow-width:480px;--afterglow-height:300px;"/ );
	assert.match( expand( {} ), /style=""/ );
} );
