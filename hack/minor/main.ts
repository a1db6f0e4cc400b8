/** `hack/new-minor`: what to add to the tables of src/kubelet/data for a minor release of Kubernetes. */

import process from 'node:process';
import { newMinor } from './command.ts';

const { exitCode, stdout, stderr } = newMinor(process.argv.slice(2));
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;
