<?php
// The settings of a test wiki. What differs from one to the next is in
// wiki.json beside this file; settings.php holds what a test adds in PHP.
if ( !defined( 'MEDIAWIKI' ) ) {
	exit;
}
$testWiki = json_decode( file_get_contents( __DIR__ . '/wiki.json' ), true );

$wgSitename = $testWiki['name'];
$wgServer = $testWiki['server'];
$wgScriptPath = '/w';
$wgArticlePath = '/wiki/$1';
$wgResourceBasePath = '/w';
$wgUsePathInfo = true;
$wgLanguageCode = $testWiki['language'];
$wgLocaltimezone = 'UTC';

$wgDBtype = 'mysql';
$wgDBserver = $testWiki['dbserver'];
$wgDBname = $testWiki['dbname'];
$wgDBuser = 'root';
$wgDBpassword = '';
$wgDBTableOptions = 'ENGINE=InnoDB, DEFAULT CHARSET=binary';
// Nothing outlives a test, so these need not be secret.
$wgSecretKey = str_repeat( '0123456789abcdef', 4 );
$wgUpgradeKey = '0123456789abcdef';
$wgAuthenticationTokenVersion = '1';

// One cache for the web and for maintenance scripts.
$wgMainCacheType = CACHE_DB;
$wgSessionCacheType = CACHE_DB;
$wgCacheDirectory = __DIR__ . '/cache';
$wgLocalisationCacheConf['store'] = 'array';
$wgUploadDirectory = __DIR__ . '/images';
$wgReadOnlyFile = __DIR__ . '/readonly';

// When a request has been answered, all that it does is done, except jobs, which
// run when the test says so.
$wgForceDeferredUpdatesPreSend = true;
$wgJobRunRate = 0;

// A test is quicker than people: no throttles, and cheap hashes of passwords.
$wgRateLimits = [];
$wgPasswordAttemptThrottle = [];
$wgAccountCreationThrottle = [];
$wgPasswordDefault = 'pbkdf2';
$wgPasswordConfig['pbkdf2']['cost'] = '1';
$wgEnableEmail = false;
$wgPingback = false;
$wgShowExceptionDetails = true;
$wgEnableBotPasswords = true;
$wgAllowUserJs = true;
$wgAllowUserCss = true;
// Reverts within this many edits are found by their content.
$wgManualRevertSearchRadius = 15;
// With patrols, what a newcomer reverts is tagged only once someone patrolled it.
$wgUseRCPatrol = false;

// The administrator can do what stewards and oversighters do.
foreach ( [ 'hideuser', 'suppressrevision', 'viewsuppressed', 'deleterevision', 'deletelogentry',
	'renameuser', 'import', 'importupload', 'apihighlimits' ] as $right ) {
	$wgGroupPermissions['bureaucrat'][$right] = true;
}

foreach ( $testWiki['skins'] as $skin ) {
	wfLoadSkin( $skin );
}
foreach ( $testWiki['extensions'] as $extension ) {
	wfLoadExtension( $extension );
}
if ( version_compare( MW_VERSION, '1.40', '<' ) ) {
	wfLoadExtension( 'Renameuser' ); // part of MediaWiki since
}
$wgDefaultSkin = $testWiki['skin'];
$wgDefaultMobileSkin = 'minerva';
if ( $testWiki['nightmode'] ) {
	$wgVectorNightMode = [ 'logged_out' => true, 'logged_in' => true, 'beta' => true ];
	$wgMinervaNightMode = [ 'base' => true, 'loggedin' => true, 'amc' => true ];
}

if ( file_exists( __DIR__ . '/settings.php' ) ) {
	require __DIR__ . '/settings.php';
}
