// Goes through the main flow in a browser, and reports each step to the test that
// started it (engines_test.go): its name, how long it took, and what is wrong. The
// answer comes when the next step may begin.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { look, steps } from './flow.mjs';
import { openFirefox } from './firefox.mjs';
import { openWebKit } from './webkit.mjs';

const { browser, programs, town, report, pictures } = JSON.parse( process.argv[ 2 ] );
const axe = await readFile( fileURLToPath( import.meta.resolve( 'axe-core/axe.min.js' ) ), 'utf8' );

async function tell( what ) {
	const answer = await fetch( report, { method: 'POST', body: JSON.stringify( what ), signal: AbortSignal.timeout( 60_000 ) } );
	if ( !answer.ok ) {
		throw new Error( `the test answers ${ answer.status }` );
	}
}

// By WCAG 2.2 AA and good practice. The sample wiki's pages are not ours.
async function accessible( window ) {
	if ( !( await window.evaluate( 'location.href' ) ).startsWith( town.base ) ) {
		return [];
	}
	await window.evaluate( `( () => { ${ axe }; return true; } )()` );
	return window.evaluate( `axe.run( { rules: { 'target-size': { enabled: true } } } ).then( ( r ) => r.violations.map(
		( v ) => v.id + ': ' + v.help + ' ' + v.nodes.map( ( n ) => n.html ).join( ' ' ) ) )` );
}

const open = { firefox: openFirefox, webkit: openWebKit }[ browser ];
const started = Date.now();
const window = await open( programs );
await tell( { step: 'start', seconds: ( Date.now() - started ) / 1000, version: window.version, wrong: [] } );
let failed = false;
for ( const [ i, [ name, act ] ] of steps.entries() ) {
	const began = Date.now();
	const wrong = [];
	try {
		await act( { window, town } );
		const file = pictures && join( pictures, `${ browser }-${ String( i + 1 ).padStart( 2, '0' ) }-${ name.replaceAll( ' ', '-' ) }` );
		wrong.push( ...await look( window, file ), ...await accessible( window ) );
	} catch ( e ) {
		failed = true;
		wrong.push( e.stack );
	}
	wrong.push( ...window.complaints.splice( 0 ) );
	await tell( { step: name, seconds: ( Date.now() - began ) / 1000, wrong } );
	if ( failed ) {
		break; // what follows builds on it
	}
}
await window.close();
await tell( { step: 'end', seconds: ( Date.now() - started ) / 1000, wrong: [] } );
process.exit( 0 );
