/** spec.kubelet: which kubelet, with which flags and settings. */

import { mergedDefaults } from '../defaults.ts';
import { absolutePath, choice, map, notEmpty, object, optional, text, untyped, writtenPath } from './parts.ts';

/** The value of a kubelet flag. A list repeats the flag; `false`, `0` and `""` are values like any other. */
export type FlagValue = string | number | boolean | readonly string[];

export const kubeletSchema = object(
  'The kubelet to run and how it is configured. Merged per node, field by field, with the other objects that select the node.',
  {
    version: optional(
      text(
        'Version of the kubelet, e.g. v1.36.1 or v1.2.2_coreos.0; v1.36 means any patch release of it. Flags and configuration are validated against it. The rkt and podman launchers also use it as the image tag, and need it in full; with host and existing a binary of another version is refused.',
        {
          maxLength: 128,
          pattern: '^v?[0-9]+\\.[0-9]+(\\.[0-9]+([-+_.][0-9A-Za-z_.-]+)?)?$',
          expects: 'a version such as v1.36.1, v1.36 or v1.2.2_coreos.0',
        },
      ),
    ),
    image: optional(
      text(
        'Image of the kubelet for the rkt and podman launchers, e.g. docker://quay.io/coreos/hyperkube or registry.example.com/kubelet. The version is its tag, unless it has a tag or a digest. The podman launcher needs it.',
        {
          maxLength: 1024,
          pattern: '^[!-~]+$',
          expects: 'an image reference: printable ASCII without blanks',
        },
      ),
    ),
    flags: optional(
      map(
        'Command-line flags of the kubelet by name, without the leading dashes. Maps merge: a flag set here overrides the same flag of an object with lower priority.',
        untyped<FlagValue>(
          'A string, a number, true or false, or a list of strings for a flag that is given several times. false, 0 and "" are values, not absence.',
        ),
        { maxProperties: 256 },
      ),
    ),
    configuration: optional(
      object(
        'Fields of KubeletConfiguration kubelet.config.k8s.io/v1beta1. Maps merge, lists are replaced whole.',
        {
          apiVersion: optional(
            choice('API version of these fields; the only one is kubelet.config.k8s.io/v1beta1.', [
              'kubelet.config.k8s.io/v1beta1',
            ]),
          ),
          kind: optional(choice('Kind of these fields; the only one is KubeletConfiguration.', ['KubeletConfiguration'])),
        },
        { open: true },
      ),
    ),
    configurationPath: optional(
      writtenPath(
        absolutePath(
          `Where the KubeletConfiguration file is written on the host. Default ${mergedDefaults.kubelet.configurationPath}. Must be a place the agent allows.`,
        ),
      ),
    ),
  },
  notEmpty,
);
