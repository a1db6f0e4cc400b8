/** Which build runs, and on which Node.js: a metric with the constant value 1, as exporters have it. */

import { Gauge, type Registry } from 'prom-client';

/** @param version of this program */
export function addBuildInfo(registry: Registry, version: string): void {
  const info = new Gauge({
    name: 'kubelet_config_build_info',
    help: 'Always 1; the labels tell the version of kubelet-config and of the Node.js that runs it.',
    labelNames: ['version', 'nodejs'] as const,
    registers: [registry],
  });
  info.set({ version, nodejs: process.versions.node }, 1);
}
