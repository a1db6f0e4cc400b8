/** What packages say of the program. */

export const homepage = 'https://github.com/kubelet-config/kubelet-config';

export const description = {
  short: 'declarative kubelet configuration, made safe',
  /** Lines for a reader who looks at packages. */
  long: [
    'A KubeletConfig object says which nodes run which kubelet, launched how, with',
    'which flags and settings. kubelet-config checks such objects, applies them to',
    'a host, proves that the kubelet is healthy again, and otherwise puts back what',
    'was there before.',
    'Its agent keeps a host that way: from a directory, or from a cluster.',
  ],
} as const;
