"""Whatever is temporary ends automatically (promise 6).

A hold is a row. It sets switches: values on the platform, such as whether a queue is on, whether somebody holds a
role, what a flag says for a tenant. What is in force on a switch is the strictest open hold over a base that was
stored before the first of them; the last one's end brings the base back. What somebody changes on the platform
meanwhile is shown and left as it is. `engine` places, extends, ends and sweeps; each kind of hold is one file that
says what its switches are and how they are read and set.
"""
