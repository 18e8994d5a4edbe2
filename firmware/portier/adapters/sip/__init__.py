"""SIP by PJSIP: one thread owns it all."""
