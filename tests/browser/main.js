/* main.js -- runs the tests of all files here. */
import { runAll } from './kit.js';
import './test_colours.js';
import './test_login.js';
import './test_held.js';
import './test_courses.js';
import './test_catalog.js';
import './test_queue.js';
import './test_requests.js';
import './test_roster.js';
import './test_kit.js';
import './test_teach.js';
import './test_people.js';
import './test_refunds.js';
import './test_reference.js';
import './test_looks.js';
import './test_gates.js';

process.exit(await runAll(process.argv.slice(2)) ? 0 : 1);
