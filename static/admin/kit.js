/* kit.js -- what the console's pages share in the browser. Every page works without it; it makes them faster and live.
 *
 * Preferences, forms (form.js)
 *	<button data-pref="theme" data-value="dark">     a preference: kept in a cookie, then the page is read again
 *	<form method="post">                             is sent once, however often it is clicked
 *	<form data-guard>                                asks before changes are lost
 *	<form data-draft="course.new">                   what is typed is kept in this tab until it is sent; offered again after a return
 *	<form data-apply>                                a change of a <select> applies the filter
 *	<div class="error-summary" tabindex="-1">        gets the focus
 *	<button data-copy="C-2417">                      copies; says so
 *	<button data-print>                              prints the page
 *
 * Keys (keys.js)
 *	data-key="n"  data-key="/"  data-key="["  data-key="g c"
 *	                                                 on a link, a button, a field: followed, pressed, focused by that key or the two after
 *	                                                 each other. With the Hangul keyboard on as well. A field gets its place back by Esc.
 *	f, v                                             go to the first field of form.filters, to the saved views
 *	data-key-label="…"                               what the help (?) calls it; else its aria-label, its label, its text
 *	data-palette, data-help                          a button that opens the palette (Ctrl+K as well), the help
 *
 * Lists (table.js)
 *	<k-table><form method="post" …>…<table class="table">
 *	  <thead>: <th scope="col" class="tick">{{>partials/tick_all}}</th>
 *	  then     {{<partials/bulk}}{{$span}}7{{/span}}{{$actions}}<button class="btn btn-small" name="action" value="approve">…</button>{{/actions}}{{/partials/bulk}}
 *	  <tbody>: <tr data-id="511"><td class="tick"><input type="checkbox" name="ids" value="511" aria-label="R-511"></td>
 *	           <th scope="row"><a href="…">…
 *	                                                 span: all columns. What is ticked survives paging (per address and filters), is counted,
 *	                                                 and is sent along from other pages as hidden fields. Filters and pagination stand outside
 *	                                                 of the form. j k and arrows go from row to row, x ticks, Shift+x up to there, Ctrl+a the
 *	                                                 page, Esc none; Enter follows the row's link, o beside the list or in a tab of its own. Works without
 *	                                                 checkboxes as well (keys only).
 *	<p class="result-band" data-unpick="/admin/requests">
 *	                                                 on the page that says it is done: what was ticked on that list is forgotten
 *
 * Parts of pages (frag.js)
 *	<a data-frag="#detail" href="…">                 reads that page and puts its #detail in the place of ours: an address of its own,
 *	<form method="get" data-frag="#list" …>          Back works, focus and scroll stay; any trouble is an ordinary visit. Both pages have
 *	                                                 an element of that id. Fires "frag" on the new one.
 *	<div class="split"><div>the list</div><aside id="detail">…</aside></div>
 *
 * Live (live.js, cells.js)
 *	<k-live src="…" types="queue.state">             one stream. Fires "live" {type, data} and "livestate"
 *	<k-live … scope="course.7">                      numbers of an event go to the cells <td data-live="course.7.seats_left">
 *	<k-live … refresh="#rows">                       an event makes us read the page again, once a second at most: cells data-live="…" take
 *	                                                 their new text in place; #rows is a <tbody> (or <ul>) whose rows have data-id: they
 *	                                                 change in place and never move; who has gone is struck out, who has come waits behind
 *	                                                 "3 new" until it is asked for.
 *
 * Differences
 *	<k-diff> around anything with [data-change]      [ and ] go to the one before, the next one
 *
 * The palette (palette.js): partials/palette in the layout; the search of the frame suggests as well (suggest.js). No HTML comes from data: text only.
 */
import './form.js';
import './keys.js';
import './live.js';
import './cells.js';
import './table.js';
import './frag.js';
import './suggest.js';
import './palette.js';

/* Of tabs, and of the rail on a narrow window, the one at hand is in view. (Browsers that know scroll-initial-target do it by themselves.) */
for (const here of document.querySelectorAll('.tabs a[aria-current], .rail a[aria-current]')) {
	const row = here.closest('.tabs, .rail');
	const [box, around] = [here.getBoundingClientRect(), row.getBoundingClientRect()];

	if (box.left < around.left || box.right > around.right)
		row.scrollLeft += (box.left + box.right - around.left - around.right) / 2;
}

export { cookie, setPreference } from './form.js';
export { isKey, keysAreFree } from './keys.js';
