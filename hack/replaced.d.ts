import type { Plugin } from 'esbuild';

export const replace: Plugin;
