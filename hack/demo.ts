/**
 * `npm run demo`: the main job in front of your eyes, without root, systemd or a cluster. First what it is for: a kubelet that dies and is undone.
 * `npm run demo -- --rkt` shows every file and step of machines with rkt, an edit, a comment, a withdrawal; with `--watch` it stays and reacts to
 * your own edits.
 */

import process from 'node:process';
import { parseArgs } from 'node:util';
import { terminalFor } from '../src/cli/print/terminal.ts';

const options = { rkt: { type: 'boolean', default: false }, watch: { type: 'boolean', default: false } } as const;
const { rkt, watch } = parseArgs({ options }).values;
const terminal = terminalFor(process.stdout, process.stdout, process.env);
if (rkt || watch) await (await import('./demo/rkt.ts')).demoRkt(watch, terminal);
else await (await import('./demo/undo.ts')).demoUndo(terminal);
