/**
 * A process of its own with the double of an API server in it: a Node, one KubeletConfig. Arguments: where to
 * write the kubeconfig, the object's file.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { kubeletConfigCrd, nodeKubeletCrd } from '../../src/api/schema/crd.ts';
import type { GivenObject } from '../../test/fakes/api-server/direct.ts';
import { startApiServer } from '../../test/fakes/api-server/server.ts';

const [, , kubeconfig = '', manifest = ''] = process.argv;
const crds = [kubeletConfigCrd(), nodeKubeletCrd()];
const server = await startApiServer({ crds });
const metadata: GivenObject['metadata'] & { labels: object } = { name: 'bench', labels: { role: 'bench' } };
server.put({ apiVersion: 'v1', kind: 'Node', metadata });
server.put(parse(readFileSync(manifest, 'utf8')));
writeFileSync(kubeconfig, server.kubeconfig(), { mode: 0o600 });
console.log('ready');
