/** What a machine with Ignition gets at its first boot: the configuration of Butane, for Flatcar. */

import { readFileSync } from 'node:fs';
import { Document } from 'yaml';
import { serviceStarting, servicesFolder } from './entries.ts';
import { downloadOf } from './krew.ts';

export interface Published {
  /** The name of the executable among the files of the release. */
  readonly file: string;
  readonly sha256: string;
}

const program = '/opt/kubelet-config/bin/kubelet-config';

/**
 * The executable, the agent's service, and an object to edit. `butane --strict` makes a configuration of Ignition
 * of it: https://coreos.github.io/butane/config-flatcar-v1_1/
 */
export function butaneConfiguration(version: string, { file, sha256 }: Published): string {
  const text = (path: string, inline: string) => ({ path, mode: 0o644, contents: { inline } });
  const options = readFileSync(`${servicesFolder}/kubelet-config.env`, 'utf8').replace(
    /^#(KUBELET_CONFIG_AGENT_OPTIONS="--label .*)$/m,
    '$1',
  );
  const document = new Document({
    variant: 'flatcar',
    version: '1.1.0',
    storage: {
      files: [
        {
          path: program,
          mode: 0o755,
          contents: { source: downloadOf(version, file), verification: { hash: `sha256-${sha256}` } },
        },
        text('/etc/default/kubelet-config', options),
        text('/etc/kubelet-config.d/kubelet.yaml', readFileSync('examples/flatcar/kubelet.yaml', 'utf8')),
      ],
      links: [{ path: '/opt/bin/kubelet-config', target: program }],
    },
    systemd: {
      units: [
        {
          name: 'kubelet-config-agent.service',
          enabled: true,
          contents: serviceStarting('kubelet-config-agent.service', program),
        },
      ],
    },
  });
  document.commentBefore = [
    ' Edit the object in /etc/kubelet-config.d/kubelet.yaml and the label in /etc/default/kubelet-config, then:',
    ' butane --strict FILE >kubelet-config.ign',
  ].join('\n');
  return document.toString({ lineWidth: 0 });
}
