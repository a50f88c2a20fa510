// A window of WebKit (WebKitGTK's MiniBrowser), driven over W3C WebDriver. It
// needs a display, and gets one that nobody sees.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { Builder, By, Capabilities, Key, Origin, until } from 'selenium-webdriver';

const PATIENCE = 60_000;

async function freePort() {
	const server = createServer().listen( 0, '127.0.0.1' );
	await once( server, 'listening' );
	const { port } = server.address();
	server.close();
	await once( server, 'close' );
	return port;
}

// A display: the server chooses a number that is free, and says which.
async function startDisplay( path ) {
	const server = spawn( path, [ '-displayfd', '3', '-screen', '0', '1600x12000x24', '-nolisten', 'tcp' ], { stdio: [ 'ignore', 'ignore', 'ignore', 'pipe' ] } );
	const [ number ] = await Promise.race( [ once( server.stdio[ 3 ], 'data' ), once( server, 'exit' ) ] );
	if ( server.exitCode !== null ) {
		throw new Error( `${ path } ended with ${ server.exitCode }` );
	}
	return { server, display: ':' + String( number ).trim() };
}

async function ready( address ) {
	for ( const end = Date.now() + PATIENCE; Date.now() < end; ) {
		try {
			const answer = await ( await fetch( address + '/status' ) ).json();
			if ( answer.value.ready ) {
				return;
			}
		} catch {
			// not yet
		}
		await new Promise( ( done ) => setTimeout( done, 50 ) );
	}
	throw new Error( 'WebKitWebDriver is not ready' );
}

/**
 * Opens a window of WebKit, with nothing kept from another.
 *
 * @param {Object} programs Where the machine's programs are, by name
 * @return {Promise<Object>} a window: see flow.mjs for what it does
 */
export async function openWebKit( programs ) {
	const { server, display } = await startDisplay( programs.Xvfb );
	const port = await freePort();
	const service = spawn( programs.WebKitWebDriver, [ '--host=127.0.0.1', `--port=${ port }` ], { env: { ...process.env, DISPLAY: display }, stdio: [ 'ignore', 'ignore', 'ignore' ] } );
	const address = `http://127.0.0.1:${ port }`;
	await ready( address );
	const driver = await new Builder().usingServer( address ).withCapabilities( new Capabilities( {
		browserName: 'MiniBrowser',
		'webkitgtk:browserOptions': { binary: programs.MiniBrowser, args: [ '--automation', '--javascript-can-open-windows-automatically=true' ] }
	} ) ).build();
	const capabilities = await driver.getCapabilities();
	// The first window has a toolbar, and cannot be as narrow as a phone. One that
	// a script opens has none.
	const first = await driver.getWindowHandle();
	await driver.executeScript( 'window.open( "about:blank", "", "toolbar=no,location=no,menubar=no,width=1280,height=900" )' );
	await driver.wait( async () => ( await driver.getAllWindowHandles() ).length === 2, PATIENCE );
	await driver.switchTo().window( ( await driver.getAllWindowHandles() ).find( ( handle ) => handle !== first ) );

	const element = async ( css ) => {
		const found = await driver.wait( until.elementLocated( By.css( css ) ), PATIENCE );
		await driver.wait( until.elementIsVisible( found ), PATIENCE );
		return found;
	};
	return {
		version: `WebKitGTK ${ capabilities.getBrowserVersion() }`,
		complaints: [], // WebDriver has no event for them
		open: ( url ) => driver.get( url ),
		evaluate: ( expression ) => driver.executeAsyncScript( `const done = arguments[ 0 ]; Promise.resolve( ( () => ( ${ expression } ) )() ).then( done )` ),
		click: async ( css ) => ( await element( css ) ).click(),
		point: ( x, y ) => driver.actions().move( { x, y, origin: Origin.VIEWPORT } ).perform(),
		clear: async ( css ) => ( await element( css ) ).clear(),
		type: async ( css, text ) => ( await element( css ) ).sendKeys( ...text.split( /(\n)/ ).map( ( part ) => part === '\n' ? Key.ENTER : part ) ),
		resize: ( width, height ) => driver.manage().window().setRect( { width, height, x: 0, y: 0 } ),
		// A picture is of the window: it is made as high as the page.
		async picture( file, width, height ) {
			await this.resize( width, Math.min( 12000, Math.max( height, await this.evaluate( 'document.documentElement.scrollHeight' ) ) ) );
			await this.evaluate( 'new Promise( ( done ) => requestAnimationFrame( () => requestAnimationFrame( done ) ) )' );
			await new Promise( ( done ) => setTimeout( done, 500 ) ); // the window draws later than the page
			await writeFile( file, await driver.takeScreenshot(), 'base64' );
		},
		async close() {
			await driver.quit().catch( () => null ); // it may have gone
			service.kill();
			server.kill();
		}
	};
}
