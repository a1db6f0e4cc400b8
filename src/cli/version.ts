/** The version of this build, for --version and for the API server's audit log. */

import packageJson from '../../package.json' with { type: 'json' };

export const version: string = packageJson.version;
export const userAgent = `kubelet-config/${version}`;
