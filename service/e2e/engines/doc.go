// Package engines holds the pages against browsers that are not Chromium: the
// main flow (sign in, track, follow, chart, compare, delete) in Firefox over
// WebDriver BiDi and in WebKit over W3C WebDriver. The steps are in flow.mjs, once
// for both; how each browser is driven is in firefox.mjs and webkit.mjs; run.mjs
// puts them together. The tests here start a farm of wikis and the service, and
// judge what is reported. Chromium's own tests are in service/e2e/browser and service/web.
package engines
