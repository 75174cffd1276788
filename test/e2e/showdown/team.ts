/** A legal team of a format of own teams. */
export const TEAM = [
  'Great Tusk||heavydutyboots|protosynthesis|earthquake,rapidspin,knockoff,icespinner|Jolly|,252,,,4,252|||||,,,,,Ground',
  'Gholdengo||leftovers|goodasgold|makeitrain,shadowball,recover,nastyplot|Timid|252,,,4,,252|||||,,,,,Steel',
].join(']');
