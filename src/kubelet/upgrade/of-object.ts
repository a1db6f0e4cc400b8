/** The kubelet that an object describes, as words and files. Pure. */

import { absolutePath } from '../../api/kubelet-paths.ts';
import type { EffectiveSpec } from '../../desired/defaults.ts';
import { withOwnConfiguration } from '../own-configuration.ts';
import type { PlainKubelet } from '../plain-kubelet.ts';

type Spec = Pick<EffectiveSpec, 'kubelet' | 'files' | 'launcher'>;

/**
 * Whether the node, or other objects, bring the rest of the settings: always where the node's own kubelet
 * stays, and where another object brings the launcher.
 */
export function isPartOfKubelet({ launcher }: Pick<Spec, 'launcher'>): boolean {
  return launcher.existing !== undefined || Object.keys(launcher).length === 0;
}

/** The kubelet of an effective spec, without anything that a node has of its own. */
export function kubeletOfSpec(spec: Spec): PlainKubelet {
  const { kubelet } = withOwnConfiguration(spec);
  const { flags, configurationPath } = kubelet;
  const configuration = kubelet.configuration ?? (isPartOfKubelet(spec) ? {} : undefined);
  const head = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' };
  const text = configuration && JSON.stringify({ ...configuration, ...head });
  const words = Object.entries(flags).flatMap(([key, value]) => {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.map((one) => `--${key.replaceAll('_', '-')}=${String(one)}`);
  });
  const isNamed = Object.keys(flags).includes('config');
  return {
    words: [...(text !== undefined && !isNamed ? [`--config=${configurationPath}`] : []), ...words],
    read: (path) => {
      if (path === absolutePath(configurationPath, '/') && text !== undefined) return text;
      return spec.files.find((file) => file.path === path)?.content;
    },
    dropIns: (directory) => {
      const below = spec.files.map(({ path }) => path).filter((path) => path.startsWith(`${directory}/`));
      return below.filter((path) => path.endsWith('.conf')).sort();
    },
    workingDirectory: '/',
  };
}
