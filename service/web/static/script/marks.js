// marks gives the marks of a chart tips: to a mouse or a finger the nearest
// one's, to the keyboard one after the other, to a screen reader as the value
// of a slider. The chart stays a picture. Over it lies a drawing of the marks'
// outlines, made here from their numbers alone: nothing that came over the
// network is put into the page but text.
const marks = ( function () {
	const SVG = 'http://www.w3.org/2000/svg';
	const REACH = 28; // how near a pointer has to come, in pixels
	const MOST = 2000;
	const GEOMETRY = { circle: [ 'cx', 'cy', 'r' ], rect: [ 'x', 'y', 'width', 'height' ], path: [ 'd' ] };
	const NUMBERS = /^[MmLlHhVvZz\d\s,.-]{1,2000}$/;

	// Reads the marks of a chart: shapes that have a title of their own. Its style
	// sheet is of no use here, and the page's policy would complain of it.
	const read = ( text ) => {
		const bare = text.replace( /<style>[^<]*<\/style>/, '' );
		const root = new DOMParser().parseFromString( bare, 'image/svg+xml' ).documentElement;
		const own = ( e ) => Array.from( e.children ).find( ( c ) => c.localName === 'title' );
		const found = [];
		if ( root.localName !== 'svg' ) {
			return null;
		}
		root.querySelectorAll( 'circle, rect, path' ).forEach( ( from ) => {
			if ( !own( from ) || found.length >= MOST ) {
				return;
			}
			const shape = document.createElementNS( SVG, from.localName );
			GEOMETRY[ from.localName ].forEach( ( name ) => {
				const value = from.getAttribute( name );
				if ( value !== null && NUMBERS.test( value ) ) {
					shape.setAttribute( name, value );
				}
			} );
			let group = from.parentNode;
			while ( group !== root && !own( group ) ) {
				group = group.parentNode;
			}
			found.push( {
				shape, group,
				series: group === root ? '' : own( group ).textContent,
				text: own( from ).textContent
			} );
		} );
		return { box: root.getAttribute( 'viewBox' ), found };
	};

	const chart = ( figure ) => {
		const img = figure.querySelector( 'img' );
		const layer = document.createElement( 'div' );
		const tip = document.createElement( 'div' );
		let all = [];
		let at = -1;
		let drawn = '';

		layer.className = 'points';
		layer.hidden = true;
		layer.tabIndex = 0;
		layer.setAttribute( 'role', 'slider' );
		layer.setAttribute( 'aria-label', figure.dataset.marks );
		tip.className = 'tip';
		tip.hidden = true;
		tip.setAttribute( 'aria-hidden', 'true' ); // the slider's value says it
		figure.append( layer, tip );

		const centre = ( mark ) => {
			const box = mark.shape.getBoundingClientRect();
			return { box, x: ( box.left + box.right ) / 2, y: ( box.top + box.bottom ) / 2 };
		};

		const show = ( i ) => {
			if ( all[ at ] ) {
				all[ at ].shape.removeAttribute( 'class' );
			}
			at = i;
			tip.hidden = i < 0;
			if ( i < 0 ) {
				return;
			}
			const mark = all[ i ];
			mark.shape.setAttribute( 'class', 'on' );
			tip.textContent = '';
			if ( mark.series ) {
				const series = document.createElement( 'b' );
				series.textContent = mark.series;
				tip.append( series );
			}
			const text = document.createElement( 'span' );
			text.textContent = mark.text;
			tip.append( text );
			layer.setAttribute( 'aria-valuenow', String( i + 1 ) );
			layer.setAttribute( 'aria-valuetext', ( mark.series ? mark.series + ', ' : '' ) + mark.text );
			const place = centre( mark );
			const frame = figure.getBoundingClientRect();
			const left = place.x - frame.left - tip.offsetWidth / 2;
			const above = place.box.top - frame.top - tip.offsetHeight - 8;
			tip.style.left = Math.max( 0, Math.min( left, frame.width - tip.offsetWidth ) ) + 'px';
			tip.style.top = ( above < -40 ? place.box.bottom - frame.top + 8 : above ) + 'px';
		};
		const hide = () => show( -1 );

		const near = ( e ) => {
			let best = -1;
			let least = REACH;
			all.forEach( ( mark, i ) => {
				const { box, x, y } = centre( mark );
				const inside = e.clientX >= box.left && e.clientX <= box.right && e.clientY >= box.top && e.clientY <= box.bottom;
				const distance = inside ? Math.hypot( x - e.clientX, y - e.clientY ) / 1000 : Math.hypot( x - e.clientX, y - e.clientY );
				if ( distance < least ) {
					least = distance;
					best = i;
				}
			} );
			if ( best !== at ) {
				show( best );
			}
		};

		// The nearest mark of another series, for the arrows up and down.
		const across = ( step ) => {
			const here = centre( all[ at ] );
			let best = at + step;
			let least = Infinity;
			all.forEach( ( mark, i ) => {
				const there = centre( mark );
				const up = here.y - there.y;
				if ( mark.group !== all[ at ].group && up * step >= 0 && i !== at ) {
					const distance = Math.abs( there.x - here.x ) * 100 + Math.abs( up );
					if ( distance < least ) {
						least = distance;
						best = i;
					}
				}
			} );
			return best;
		};

		const key = ( e ) => {
			const last = all.length - 1;
			const start = at < 0;
			// In a chart that is drawn from right to left, the arrow to the left goes on.
			const on = last > 0 && centre( all[ 0 ] ).x <= centre( all[ Math.min( last, 1 ) ] ).x ? 1 : -1;
			let to;
			switch ( e.key ) {
				case 'ArrowRight': to = start ? 0 : at + on; break;
				case 'ArrowLeft': to = start ? 0 : at - on; break;
				case 'ArrowUp': to = start ? 0 : across( 1 ); break;
				case 'ArrowDown': to = start ? 0 : across( -1 ); break;
				case 'Home': to = 0; break;
				case 'End': to = last; break;
				case 'Escape': hide(); return;
				default: return;
			}
			e.preventDefault();
			show( Math.max( 0, Math.min( last, to ) ) );
		};

		// Draws the layer for the picture that is shown now.
		const draw = () => {
			const address = img.currentSrc;
			if ( !address || address === drawn ) {
				return;
			}
			drawn = address;
			hide();
			fetch( address ).then( ( answer ) => answer.ok ? answer.text() : '' ).then( ( text ) => {
				const chart = read( text );
				if ( address !== drawn ) {
					return; // another width by now
				}
				layer.textContent = '';
				layer.hidden = !chart || !chart.found.length;
				all = layer.hidden ? [] : chart.found;
				if ( layer.hidden ) {
					return;
				}
				const svg = document.createElementNS( SVG, 'svg' );
				svg.setAttribute( 'viewBox', chart.box );
				svg.setAttribute( 'aria-hidden', 'true' );
				svg.append( ...all.map( ( mark ) => mark.shape ) );
				layer.append( svg );
				layer.setAttribute( 'aria-valuemin', '1' );
				layer.setAttribute( 'aria-valuemax', String( all.length ) );
				layer.setAttribute( 'aria-valuenow', '1' );
				layer.setAttribute( 'aria-valuetext', all[ 0 ].text );
			}, () => {
				drawn = ''; // the picture is there; tips may come with the next try
			} );
		};

		layer.addEventListener( 'pointermove', near );
		layer.addEventListener( 'pointerdown', near );
		layer.addEventListener( 'pointerleave', ( e ) => e.pointerType === 'mouse' && hide() );
		layer.addEventListener( 'focus', () => at < 0 && layer.matches( ':focus-visible' ) && show( 0 ) );
		layer.addEventListener( 'blur', hide );
		layer.addEventListener( 'keydown', key );
		img.addEventListener( 'load', draw );
		if ( img.complete ) {
			draw();
		}
	};

	return { apply: ( within ) => within.querySelectorAll( 'figure[data-marks]' ).forEach( chart ) };
}() );
