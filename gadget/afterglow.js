'use strict';

// Charts of who stayed after a campaign, drawn by a service outside the wiki.
// What a page can ask for, and what readers are told, is in the project's
// docs/gadget.md.
const build = require( './afterglow/svg.js' );
const embed = require( './afterglow/embed.js' );
const host = require( './afterglow/host.js' );
const tabulate = require( './afterglow/table.js' );
const tips = require( './afterglow/tips.js' );
const words = require( './afterglow/words.js' );

const figures = new Map();

// Classes: afterglow-slot, -bar, -card, -text, -fallback, -plot, -table, -menu,
// -button, -link; all in afterglow.css.
const node = ( tag, name, ...content ) => {
	const made = document.createElement( tag );
	// eslint-disable-next-line mediawiki/class-doc
	made.className = 'afterglow-' + name;
	made.append( ...content );
	return made;
};
const button = ( key, onClick ) => {
	const made = node( 'button', 'button', words.msg( key, host.name ) );
	made.type = 'button';
	made.addEventListener( 'click', onClick );
	return made;
};
const link = ( key, path ) => {
	const made = node( 'a', 'link', words.msg( key ) );
	made.href = host.origin + path;
	return made;
};
const restart = ( yes ) => {
	host.allow( yes );
	figures.forEach( ( figure ) => figure.start() );
};

// Nothing is asked of the service until a chart comes near the reader's eyes.
const observer = new IntersectionObserver( ( entries ) => {
	entries.filter( ( entry ) => entry.isIntersecting ).forEach( ( entry ) => {
		observer.unobserve( entry.target );
		figures.get( entry.target ).load();
	} );
}, { rootMargin: '300px' } );

/** One chart on the page. The style sheet gives it its size, before and after it is loaded. */
class Figure {
	constructor( element ) {
		this.element = element;
		Object.assign( this, embed.parse( element ) );
		// What the page has for readers without the gadget stays until the chart is there.
		this.fallback = node( 'div', 'fallback', ...element.childNodes );
		this.slot = node( 'div', 'slot' );
		this.slot.tabIndex = -1;
		this.bar = node( 'div', 'bar' );
		element.append( this.slot, this.bar );
		// Words of the page keep the page's direction; ours have the interface's.
		this.fallback.lang = mw.config.get( 'wgPageContentLanguage' );
		this.fallback.dir = getComputedStyle( element ).direction;
		element.lang = words.language;
		element.dir = document.documentElement.dir;
		element.setAttribute( 'role', 'figure' );
		[ 'width', 'height' ].filter( ( name ) => this.own[ name ] ).forEach( ( name ) => {
			element.style.setProperty( '--afterglow-' + name, this.own[ name ] + 'px' );
		} );
	}

	/**
	 * Put something into the slot. A reader whose focus was there keeps their place.
	 *
	 * @param {string} state For tests and other scripts
	 * @param {string} label
	 * @param {...Node} content
	 */
	show( state, label, ...content ) {
		const held = this.element.contains( document.activeElement );
		this.element.dataset.mwAfterglow = state;
		this.element.setAttribute( 'aria-label', label );
		this.slot.textContent = this.bar.textContent = '';
		this.slot.append( ...content );
		if ( held ) {
			( this.slot.querySelector( '[tabindex]' ) || this.slot ).focus();
		}
	}

	/**
	 * Say something in the middle of the slot.
	 *
	 * @param {string} state
	 * @param {string} text
	 * @param {...Node} more
	 */
	say( state, text, ...more ) {
		const card = node( 'div', 'card', node( 'p', 'text', text ), ...more );
		card.setAttribute( 'role', 'status' );
		this.show( state, text, this.fallback, card );
	}

	/** Begin: with what is wrong, with the question, or waiting to be seen. */
	start() {
		this.turn = {};
		if ( !host.origin ) {
			this.say( 'error', words.msg( 'nohost' ) );
		} else if ( this.wrong ) {
			this.say( 'error', words.msg( 'wrong', ...this.wrong ) );
		} else if ( host.allowed() ) {
			this.say( 'wait', words.msg( 'loading' ) );
			observer.observe( this.element );
		} else {
			this.say( 'ask', words.msg( 'why', host.name ), button( 'load', () => restart( true ) ) );
		}
	}

	/**
	 * Fetch a form of the chart and use it, or say in a sentence why not.
	 *
	 * @param {string} format
	 * @param {string} type
	 * @param {Object} params
	 * @param {Function} use Throws an error, or returns a false value, if it is of no use
	 */
	fetch( format, type, params, use ) {
		const turn = this.turn = {};
		this.say( 'loading', words.msg( 'loading' ) );
		embed.campaign( this.own ).then( ( path ) => {
			this.path = path;
			return path && host.get( path + format + embed.query( this.params, params ) );
		} ).then( ( answer ) => {
			// The reader may have changed their mind meanwhile.
			if ( turn !== this.turn ) {
				return;
			}
			try {
				if ( answer.status === 200 && answer.type.startsWith( type ) && use( answer ) ) {
					return;
				}
			} catch ( e ) {}
			this.fail( answer, button( 'retry', () => this.fetch( format, type, params, use ) ) );
		} );
	}

	/**
	 * Say what went wrong.
	 *
	 * @param {Object|string} answer '' where there was nothing to ask for
	 * @param {Node} retry
	 */
	fail( answer, retry ) {
		const status = answer.status;
		let problem = {};
		try {
			problem = Object( JSON.parse( answer.text ) );
		} catch ( e ) {}
		if ( !answer ) {
			this.say( 'error', words.msg( 'noevent' ) );
		} else if ( status === 202 ) {
			this.say( 'measuring', words.msg( 'measuring' ), retry );
		} else if ( !status || status === 429 || status >= 500 ) {
			this.say( 'error', words.msg( 'unreachable', host.name ), retry );
		} else if ( status === 404 && problem.track ) {
			// Only the way is the answer's; it leads to the host that the reader agreed to.
			this.say( 'error', words.msg( 'untracked' ), retry, link( 'track',
				String( problem.track ).replace( /^(\w+:\/\/[^/]*)?\/*/, '/' )
			) );
		} else if ( status >= 400 ) {
			this.say( 'error', words.msg( 'refused', host.name,
				String( problem.detail || status ).slice( 0, 300 ) ), retry );
		} else {
			this.say( 'error', words.msg( 'bad', host.name ), retry );
		}
	}

	/** Load the chart, in the size that the slot has. */
	load() {
		// Few sizes, so that what the service keeps ready is used again.
		const width = this.slot.clientWidth;
		const drawn = Math.max( 320, Math.min( width - width % 40, 1600 ) );
		this.fetch( 'svg', 'image/svg+xml', {
			theme: 'auto',
			title: this.own.title,
			uselang: mw.config.get( 'wgUserLanguage' ),
			width: drawn,
			height: Math.round( this.slot.clientHeight * drawn / width )
		}, ( answer ) => {
			this.chart = build( answer.text );
			this.fresh = answer.fresh;
			return this.chart && this.draw();
		} );
	}

	/**
	 * Show the chart that was loaded.
	 *
	 * @return {boolean}
	 */
	draw() {
		const chart = this.chart;
		const plot = node( 'div', 'plot', chart.style, chart.svg );
		plot.tabIndex = 0;
		plot.setAttribute( 'role', 'group' );
		plot.setAttribute( 'aria-label', words.msg( 'keys' ) );
		tips( plot, chart.tips );
		this.show( 'chart', chart.label, plot );
		// A picture that says that edits are still being read has no figures yet.
		return this.fill( this.fresh ? button( 'retry', () => this.load() ) : button( 'table', () => {
			this.fetch( 'json', 'application/json', {}, ( answer ) => {
				const box = node( 'div', 'table', tabulate( answer.text, chart.label ) );
				box.tabIndex = 0;
				this.show( 'table', chart.label, box );
				return this.fill( button( 'chart', () => this.draw() ) );
			} );
		} ) );
	}

	/**
	 * Fill the bar under the chart.
	 *
	 * @param {Node} first What switches between chart and table
	 * @return {boolean}
	 */
	fill( first ) {
		const summary = node( 'summary', 'button', '⋯' );
		summary.setAttribute( 'aria-label', words.msg( 'options' ) );
		this.bar.append(
			first,
			link( 'data', this.path + 'csv' + embed.query( this.params ) ),
			link( 'definition', '/about' ),
			node( 'details', 'menu', summary, button( 'stop', () => restart( false ) ) )
		);
		return true;
	}
}

mw.hook( 'wikipage.content' ).add( ( $content ) => {
	const found = $content.find( '.afterglow' ).toArray();
	if ( found.length ) {
		words.ready().then( () => found.forEach( ( element ) => {
			if ( !figures.has( element ) ) {
				figures.set( element, new Figure( element ) );
				figures.get( element ).start();
			}
		} ) );
	}
} );
