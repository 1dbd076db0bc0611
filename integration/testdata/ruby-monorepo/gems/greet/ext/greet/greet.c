#include <ruby.h>

static VALUE greet_to(VALUE self, VALUE name) {
  return rb_sprintf("hello from C, %" PRIsVALUE, name);
}

void Init_greet(void) {
  rb_define_singleton_method(rb_define_module("Greet"), "to", greet_to, 1);
}
