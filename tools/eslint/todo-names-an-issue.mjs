// ESLint rule: a to-do comment names an issue, as in TODO(#12), so that none is forgotten.

export default {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { anonymous: 'Name the issue: TODO(#12): what is left to do.' },
  },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          if (/\b(?:TODO|FIXME|XXX)\b(?!\(#\d+\))/.test(comment.value))
            context.report({ loc: comment.loc, messageId: 'anonymous' });
        }
      },
    };
  },
};
