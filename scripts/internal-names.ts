// The properties that the runtime of a module and its description have between themselves: they get shorter names when it is minified.
// A name stands here only if no user of a module reads or writes it, if the platform has no property of that name that we use, and if it is
// written out wherever it is used: neither computed, as in `programs[kind]`, nor a text, as in `"list" in values`.

const NAMES = `
  address addresses addressOf advance ahead allocate arrays atEnd barred bases batch batchAt before bytes bytesOf carried carriedBy changes
  constants correct count countOf decoded description drawNumbers draws elements encoded end enter fed feed feedback first fit floats fresh full
  gaps gather gives input integers isFirst isInt isPartlyLabelled isRagged isSingle isStep isText labelled last leave machine marks mayLack named
  node offsets output outputs path plain position predict predictions program ragged ranges read relaxed results sequence shapesOfResults
  sizes sizesOf slot slots states store stores temporaries time timeOf token tokens training unknown vocabularies weight
  whole widen windows words writing
`;

export const INTERNAL_NAMES: readonly string[] = NAMES.trim().split(/\s+/);
