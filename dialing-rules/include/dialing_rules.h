#ifndef DIALING_RULES_H
#define DIALING_RULES_H

/* A file of this folder, as it was when the host was built. It lives as long as the process. */
typedef struct {
    const char *name;
    const unsigned char *bytes;
    unsigned long length;
} dialing_file;

/* What is known of telephone numbers. */
const dialing_file *dialing_numbers(void);
/* The rules, one country after the other; 0 behind the last one. */
const dialing_file *dialing_rules(unsigned long index);
#endif
