// A window of Firefox, driven over WebDriver BiDi.

import { writeFile } from 'node:fs/promises';
import puppeteer from 'puppeteer-core';

/**
 * Opens a window of Firefox, with a profile of its own that goes with it.
 *
 * @param {Object} programs Where the machine's programs are, by name
 * @return {Promise<Object>} a window: see flow.mjs for what it does
 */
export async function openFirefox( programs ) {
	const browser = await puppeteer.launch( {
		browser: 'firefox',
		executablePath: programs[ 'firefox-esr' ],
		headless: true,
		timeout: 120_000,
		protocolTimeout: 120_000,
		extraPrefsFirefox: { 'intl.accept_languages': 'en', 'layout.css.prefers-color-scheme.content-override': 1 }
	} );
	const page = await browser.newPage();
	page.setDefaultTimeout( 60_000 );
	const complaints = [];
	page.on( 'pageerror', ( e ) => complaints.push( e.message ) );
	page.on( 'console', ( m ) => {
		if ( m.type() === 'error' ) {
			complaints.push( m.text() );
		}
	} );
	const element = async ( css ) => page.waitForSelector( css, { visible: true } );
	return {
		version: await browser.version(),
		complaints,
		open: ( url ) => page.goto( url ),
		evaluate: ( expression ) => page.evaluate( expression ),
		click: async ( css ) => ( await element( css ) ).click(),
		point: ( x, y ) => page.mouse.move( x, y ),
		clear: async ( css ) => ( await element( css ) ).evaluate( ( e ) => {
			e.value = '';
		} ),
		async type( css, text ) {
			await ( await element( css ) ).type( text.replace( '\n', '' ) );
			if ( text.endsWith( '\n' ) ) {
				await page.keyboard.press( 'Enter' );
			}
		},
		async resize( width, height ) {
			try {
				await page.setViewport( { width, height } );
			} catch ( e ) {
				// Firefox 140 cannot turn a screen. The size, which is asked for at the same
				// time, is what counts.
				if ( !/unknown command emulation\.setScreenOrientationOverride/.test( e.message ) ) {
					throw e;
				}
				for ( let tries = 0; await page.evaluate( 'innerWidth' ) !== width; tries++ ) {
					if ( tries === 200 ) {
						throw e;
					}
					await new Promise( ( done ) => {
						setTimeout( done, 50 );
					} );
				}
			}
		},
		picture: async ( file ) => writeFile( file, await page.screenshot( { fullPage: true } ) ),
		close: () => browser.close()
	};
}
