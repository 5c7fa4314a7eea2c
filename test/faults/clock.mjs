// Loaded before the program (`node --import`): its clock is off by the seconds in the file that FAULTS_CLOCK names.
import { readFileSync } from 'node:fs';

const RealDate = Date;

function offsetMs() {
  try {
    return Number(readFileSync(process.env.FAULTS_CLOCK, 'utf8')) * 1000;
  } catch {
    return 0;
  }
}

globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + offsetMs());
    else super(...args);
  }

  static now() {
    return RealDate.now() + offsetMs();
  }
};
