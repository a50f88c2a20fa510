'use strict';

/**
 * Show the titles of marks: to a pointer or a finger the nearest one's, to the
 * keyboard one after the other, to a screen reader as they change.
 *
 * @param {HTMLElement} plot Holds the chart, can have the focus
 * @param {Map} tips Marks and their titles
 */
module.exports = ( plot, tips ) => {
	const tip = document.createElement( 'div' );
	tip.className = 'afterglow-tip';
	tip.setAttribute( 'role', 'status' );
	plot.append( tip );
	let current;

	// Where the marks are on the screen, from left to right.
	const places = () => Array.from( tips.keys(), ( mark ) => {
		const box = mark.getBoundingClientRect();
		return { mark, box, x: ( box.left + box.right ) / 2, y: ( box.top + box.bottom ) / 2 };
	} ).sort( ( a, b ) => a.x - b.x || a.y - b.y );

	const show = ( place ) => {
		if ( current ) {
			current.classList.remove( 'afterglow-on' );
		}
		current = place && place.mark;
		tip.textContent = place ? tips.get( current ) : '';
		if ( place ) {
			const box = plot.getBoundingClientRect();
			const left = place.x - box.left - tip.offsetWidth / 2;
			const above = place.box.top - box.top - tip.offsetHeight - 6;
			current.classList.add( 'afterglow-on' );
			tip.style.left = Math.max( 0, Math.min( left, box.width - tip.offsetWidth ) ) + 'px';
			tip.style.top = ( above < 0 ? place.box.bottom - box.top + 6 : above ) + 'px';
		}
	};
	const hide = () => show();
	const near = ( e ) => {
		const distance = ( place ) => place.mark.contains( e.target ) ? -1 :
			Math.hypot( place.x - e.clientX, place.y - e.clientY );
		const nearest = places().sort( ( a, b ) => distance( a ) - distance( b ) )[ 0 ];
		// How near a finger has to come, in pixels.
		show( nearest && distance( nearest ) < 24 && nearest );
	};

	plot.addEventListener( 'pointermove', near );
	plot.addEventListener( 'pointerdown', near );
	plot.addEventListener( 'pointerleave', hide );
	plot.addEventListener( 'blur', hide );
	plot.addEventListener( 'keydown', ( e ) => {
		const step = { ArrowRight: 1, ArrowLeft: -1 }[ e.key ];
		if ( step ) {
			const all = places();
			const at = all.findIndex( ( place ) => place.mark === current );
			e.preventDefault();
			show( all[ at + step ] || all[ step > 0 ? 0 : all.length - 1 ] );
		} else if ( e.key === 'Escape' ) {
			hide();
		}
	} );
};
