<?php
// Routes the requests of PHP's own server as a wiki farm's web server does:
// /wiki/TITLE to index.php, the entry points under /w, and static files.
$install = getenv( 'MW_INSTALL_PATH' );
$path = rawurldecode( (string)parse_url( 'http://wiki' . $_SERVER['REQUEST_URI'], PHP_URL_PATH ) );

if ( $path === '/' ) {
	header( 'Location: /wiki/', true, 301 );
	return;
}
$entry = null;
if ( preg_match( '#^/wiki(/|$)#', $path ) ) {
	$entry = 'index';
} elseif ( preg_match( '#^/w/(index|api|load|rest|opensearch_desc)\.php(/.*)?$#s', $path, $match ) ) {
	$entry = $match[1];
	if ( isset( $match[2] ) ) {
		$_SERVER['PATH_INFO'] = $match[2];
	}
}
if ( $entry !== null ) {
	$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = "/w/$entry.php";
	$_SERVER['SCRIPT_FILENAME'] = "$install/$entry.php";
	chdir( $install );
	require "$install/$entry.php";
	return;
}

$types = [ 'css' => 'text/css', 'js' => 'text/javascript', 'svg' => 'image/svg+xml', 'png' => 'image/png',
	'gif' => 'image/gif', 'jpg' => 'image/jpeg', 'ico' => 'image/x-icon', 'woff' => 'font/woff',
	'woff2' => 'font/woff2', 'json' => 'application/json', 'map' => 'application/json' ];
$file = preg_match( '#^/w/((?:resources|skins|extensions)/.+)$#s', $path, $match ) ? realpath( "$install/$match[1]" ) : false;
$type = $types[strtolower( pathinfo( (string)$file, PATHINFO_EXTENSION ) )] ?? null;
$inside = preg_match( '#^' . preg_quote( realpath( $install ) ) . '/(resources|skins|extensions(-core)?)/#', (string)$file );
// What was uploaded is the wiki's own, beside this file.
if ( preg_match( '#^/w/images/(.+)$#s', $path, $match ) ) {
	$file = realpath( __DIR__ . "/images/$match[1]" );
	$type = $types[strtolower( pathinfo( (string)$file, PATHINFO_EXTENSION ) )] ?? null;
	$inside = str_starts_with( (string)$file, realpath( __DIR__ ) . '/images/' );
}
if ( $file === false || $type === null || !$inside || !is_file( $file ) ) {
	http_response_code( 404 );
	header( 'Content-Type: text/plain; charset=utf-8' );
	echo "Not found\n";
	return;
}
header( "Content-Type: $type" );
header( 'X-Content-Type-Options: nosniff' );
header( 'Cache-Control: public, max-age=3600' );
readfile( $file );
